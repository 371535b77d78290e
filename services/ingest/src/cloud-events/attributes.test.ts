import { expect, test } from 'vitest';
import { readAttributes } from './attributes.ts';
import { readBinary } from './binary.ts';
import { readCloudEvent } from './structured.ts';

const good = { specversion: '1.0', id: '1', source: '/till', type: 't.note' };
const pathsOf = (change: Record<string, unknown>) => {
  const reading = readAttributes(new Map(Object.entries({ ...good, ...change })));
  return 'problems' in reading ? reading.problems.map(({ path, rule }) => `${path} ${rule}`) : [];
};

test('attributes become what a record says of itself, extensions as headers', () => {
  const more = {
    time: '2026-01-31T23:59:59+01:00',
    subject: 'Zürich',
    partitionkey: 'k',
    n: 7,
    b: true,
  };
  expect(readAttributes(new Map(Object.entries({ ...good, ...more })))).toEqual({
    attributes: {
      ...{ id: '1', source: '/till', type: 't.note', time: more.time, partitionKey: 'k' },
      extensions: { ce_subject: 'Zürich', ce_partitionkey: 'k', ce_n: '7', ce_b: 'true' },
    },
  });
});

test.each([
  [{ id: '' }, '/id format'],
  [{ source: 'a b' }, '/source format'],
  [{ specversion: '0.3' }, '/specversion symbol'],
  [{ time: 'yesterday' }, '/time format'],
  [{ time: '2026-02-31T25:00:00Z' }, '/time format'],
  [{ subject: 'a\u0000b' }, '/subject format'],
  [{ subject: '\ud800' }, '/subject format'],
  [{ Name: 'x' }, '/Name unknown-field'],
  [{ 'a/b': 'x' }, '/a~1b unknown-field'],
  [{ half: 1.5 }, '/half type'],
  [{ big: 2 ** 40 }, '/big type'],
  [{ nested: {} }, '/nested type'],
])('%o is refused by its path', (change, problem) => {
  expect(pathsOf(change)).toEqual([problem]);
});

test('every required attribute that is absent is told', () => {
  const reading = readAttributes(new Map());
  expect('problems' in reading && reading.problems.map(({ path }) => path)).toEqual([
    '/id',
    '/source',
    '/specversion',
    '/type',
  ]);
});

test('an attribute that is null is absent; data and data_base64 exclude each other', () => {
  expect(readCloudEvent({ ...good, subject: null, data: { a: 1 } })).toMatchObject({
    data: { kind: 'json', value: { a: 1 } },
  });
  for (const [event, path] of [
    [{ ...good, data: {}, data_base64: 'AA==' }, '/data_base64'],
    [{ ...good, data_base64: 'not base64' }, '/data_base64'],
    [{ ...good, datacontenttype: 'image/png', data: 'x' }, '/data'],
    [good, '/data'],
    ['text', ''],
    [[good], ''],
  ] as const)
    expect(readCloudEvent(event)).toMatchObject({ problems: [{ path }] });
});

test('headers are percent-decoded, and unquoted; without ce-specversion they are taken for what they say', () => {
  const headers = {
    'ce-specversion': '1.0',
    'ce-id': '"a\\"b%20c"',
    'ce-source': '/',
    'ce-type': 't',
  };
  expect(readBinary(headers)).toMatchObject({ cloudEvent: true, attributes: { id: 'a"b c' } });
  expect(readBinary({ 'ce-id': '50%', 'ce-type': 'x' })).toEqual({
    cloudEvent: false,
    attributes: { id: '50%', type: 'x' },
  });
  expect(readBinary({ ...headers, 'ce-datacontenttype': 'application/json' })).toMatchObject({
    problems: [{ path: '/datacontenttype' }],
  });
});
