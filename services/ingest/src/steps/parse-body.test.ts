import { expect, test } from 'vitest';
import type { EventRequest } from '../event-request.ts';
import { createParseBodyStep } from './parse-body.ts';

const parseBody = createParseBodyStep({ eventsMax: 3 });
const body = (text: string | Buffer, format: 'json' | 'ndjson') =>
  parseBody({ body: Buffer.from(text), format } as EventRequest);

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
  expect(outcome.kind === 'ok' && outcome.value.unreadable.get(1)).toMatch(/^Line 3, column 6: /);
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
