import { expect, test } from 'vitest';
import { repairContent } from './repair-content.ts';

const nothing = { set: [], unset: [], rename: [] };
const json = 'application/json';
const repaired = (text: string, repair: object, mediaType = json) =>
  repairContent(Buffer.from(text), mediaType, { ...nothing, ...repair }).toString();

test('fields are renamed, taken out and set, in this order', () => {
  expect(
    repaired('{"dly":4,"x":1,"at":{"day":1}}', {
      rename: ['dly=delay', 'absent=y'],
      unset: ['x', 'at.none'],
      set: ['delay=5', 'at.day="2"', 'note=late'],
    }),
  ).toBe('{"at":{"day":"2"},"delay":5,"note":"late"}');
});

test('numbers that are not touched keep their text', () => {
  const text = '{"id":9007199254740993,"price":1.10,"big":1e400}';
  expect(repaired(text, { set: ['n=9007199254740995'] })).toBe(
    '{"id":9007199254740993,"price":1.10,"big":1e400,"n":9007199254740995}',
  );
});

test('without a repair the bytes stay as they are, JSON or not', () => {
  expect(repaired('{"a" 1', {})).toBe('{"a" 1');
});

test('of a CloudEvent the data are repaired', () => {
  expect(
    repaired('{"id":"1","data":{"a":1}}', { set: ['a=2'] }, 'application/cloudevents+json'),
  ).toBe('{"id":"1","data":{"a":2}}');
});

test.each([
  ['{"a" 1', { set: ['a=1'] }, json, 'not JSON'],
  ['[1]', { set: ['a=1'] }, json, 'no JSON object'],
  ['{}', { set: ['a.b=1'] }, json, 'no object to set a.b in'],
  ['x', { set: ['a=1'] }, 'avro/binary', 'only JSON'],
])('%s with %o is refused', (text, repair, mediaType, reason) => {
  expect(() => repaired(text, repair, mediaType)).toThrow(reason);
});
