import type { Outcome } from '@millrace/pipeline';
import { expect, test } from 'vitest';
import type { EventRequest, ParsedBody } from '../event-request.ts';
import { createParseBodyStep } from './parse-body.ts';

const parseBody = createParseBodyStep({ eventsMax: 3, bodyBytesMax: 1000 });
/** Text is read without waiting. */
const body = (text: string | Buffer, format: 'json' | 'ndjson' | 'text', cloudEvent = false) =>
  parseBody({ body: Buffer.from(text), format, cloudEvent } as EventRequest) as Outcome<ParsedBody>;

test('a JSON object is one event, an array is one for each element', () => {
  expect(body('{"a":1}', 'json')).toMatchObject({ kind: 'ok', value: { values: [{ a: 1 }] } });
  expect(body('[1,2]', 'json')).toMatchObject({ kind: 'ok', value: { values: [1, 2] } });
});

test('NDJSON is one event a line, whatever ends the lines, and blank lines are none', () => {
  expect(body('{"a":1}\r\n\n{"a":2}\n', 'ndjson')).toMatchObject({
    value: { values: [{ a: 1 }, { a: 2 }] },
  });
});

test('a broken line is kept apart with its line and column, and the others are read', () => {
  const outcome = body('{"a":1}\n\n{"a":}\n{"a":3}', 'ndjson');
  expect(outcome).toMatchObject({ value: { values: [{ a: 1 }, undefined, { a: 3 }] } });
  expect(outcome.kind === 'ok' && outcome.value.unreadable.get(1)?.message).toMatch(
    /^Line 3, column 6: /,
  );
});

test('two objects on one line are not JSON', () => {
  const outcome = body('{"a":1},{"a":2}', 'ndjson');
  expect(outcome.kind === 'ok' && outcome.value.unreadable.size).toBe(1);
});

test('a broken JSON body is refused whole, with line and column', () => {
  expect(body('[\n  {"a": 1},\n  {"a" 2}\n]', 'json')).toMatchObject({
    code: 'ingest.json-invalid',
    reason: expect.stringMatching(/^Line 3, column 8: /),
  });
});

test('text outside ASCII is read as UTF-8, and what is not UTF-8 is refused', () => {
  expect(body('{"a":"Zürich ✈"}', 'json')).toMatchObject({
    value: { values: [{ a: 'Zürich ✈' }] },
  });
  expect(body(Buffer.from([0x22, 0xe2, 0x82, 0x22]), 'json')).toMatchObject({
    code: 'ingest.text-invalid',
  });
});

test('no event, and more events than the limit, are refused', () => {
  for (const [text, format] of [
    ['', 'json'],
    ['[]', 'json'],
    ['\n\n', 'ndjson'],
  ] as const)
    expect(body(text, format)).toMatchObject({ code: 'ingest.body-empty' });
  for (const [text, format] of [
    ['[1,2,3,4]', 'json'],
    ['1\n2\n3\n4\n5', 'ndjson'],
  ] as const)
    expect(body(text, format)).toMatchObject({ code: 'ingest.too-many-events' });
});

test('text is NDJSON when its first line is a value by itself, else JSON', () => {
  expect(body('{"a":1}\n{"a":2}', 'text')).toMatchObject({
    value: { values: [{ a: 1 }, { a: 2 }] },
  });
  for (const json of ['{"a":1}', '[{"a":1}]', '{\n"a":1\n}', '\n{"a":1}\n'])
    expect(body(json, 'text')).toMatchObject({ value: { values: [{ a: 1 }] } });
  expect(body('{"a"\n1}', 'text')).toMatchObject({ code: 'ingest.json-invalid' });
});

test('an array that is the data of a CloudEvent is one value', () => {
  expect(body('[1,2]', 'json', true)).toMatchObject({ value: { values: [[1, 2]] } });
  expect(body('1\n2', 'ndjson', true)).toMatchObject({ code: 'ingest.cloud-event-invalid' });
});

test('a byte order mark in front is passed over, and is no event by itself', () => {
  for (const format of ['json', 'ndjson', 'text'] as const)
    expect(body('\ufeff{"a":"ü"}', format)).toMatchObject({ value: { values: [{ a: 'ü' }] } });
  expect(body('\ufeff', 'json')).toMatchObject({ code: 'ingest.body-empty' });
});

test('of two members of one name the last counts, and __proto__ is a member like any other', () => {
  const outcome = body('{"a":1,"a":2,"__proto__":{"b":3}}', 'json');
  const [value] = outcome.kind === 'ok' ? outcome.value.values : [];
  expect(Object.keys(value as object)).toEqual(['a', '__proto__']);
  expect(value).toMatchObject({ a: 2 });
  expect((value as { b?: number }).b).toBeUndefined();
});

test('ten thousand levels are read, and are not the parser’s to refuse', () => {
  const deep = `${'['.repeat(10_000)}${']'.repeat(10_000)}`;
  expect(body(`{"a":${deep}}`, 'json').kind).toBe('ok');
});
