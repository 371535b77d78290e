import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bodyBytes, eventBytes } from './event-bytes.ts';

const cut = (text: string, format: string, count: number) => {
  const of = eventBytes({
    body: Buffer.from(text),
    format,
    values: Array.from({ length: count }),
  });
  return Array.from({ length: count }, (_, index) => of(index).content.toString());
};

test('elements of an array come as they stand, whatever is in their strings', () => {
  const texts = [
    '{"a":1.0,"a":1e3}',
    '"],\\"{["',
    '[1,[2,3]]',
    '12345678901234567890',
    '{"b":"\\\\"}',
  ];
  expect(cut(`\ufeff [ ${texts.join(' ,\n')}\n]\n`, 'json', texts.length)).toEqual(texts);
});

test('of an array with one element it is the element, of an object the body', () => {
  expect(cut('[ {"a": 1.0} ]', 'json', 1)).toEqual(['{"a": 1.0}']);
  expect(cut('{"a": 1.0}', 'json', 1)).toEqual(['{"a": 1.0}']);
});

test('lines come without what ends them, and blank ones are none', () => {
  expect(cut('{"a":1}\r\n\n  \n{"a" 2}', 'ndjson', 2)).toEqual(['{"a":1}', '{"a" 2}']);
});

test('whatever JSON stands in an array, each element is cut where it ends', () => {
  fc.assert(
    fc.property(fc.array(fc.json(), { minLength: 1, maxLength: 8 }), (texts) => {
      expect(cut(`[${texts.join(', ')}]`, 'json', texts.length)).toEqual(texts);
    }),
  );
});

test('an event of Avro comes as its datum, or, where that cannot be had, as what it says', () => {
  const datum = Buffer.from([0, 0, 0, 0, 1, 2]);
  const of = eventBytes({
    body: Buffer.from('Obj'),
    format: 'avro-file',
    values: [{}, { a: 1n }],
    datums: [datum, undefined],
  });
  expect(of(0)).toEqual({ content: datum, mediaType: 'application/vnd.confluent.avro' });
  expect(of(1)).toMatchObject({ content: Buffer.from('{"a":"1"}'), mediaType: 'application/json' });
});

test('a body that could not be read is kept under its own content type', () => {
  expect(bodyBytes({ body: Buffer.from('{'), format: 'ndjson' }).mediaType).toBe(
    'application/x-ndjson',
  );
});
