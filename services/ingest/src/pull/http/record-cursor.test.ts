import { expect, test } from 'vitest';
import { advance, type CursorState, digestOf, lowerBound } from './record-cursor.ts';

const declaration = { field: 'at', parameter: 'since', overlap: 0, sorted: false } as const;
const empty: CursorState = { seen: [] };
const page = (...records: readonly { at: string | number; n?: number }[]) =>
  records.map((record) => ({ record, cursor: record.at }));

test('records that were there before are left out, also at the very cursor that is asked for again', () => {
  const one = advance(empty, page({ at: 5, n: 1 }, { at: 7, n: 2 }), declaration);
  expect(one.fresh).toEqual([
    { at: 5, n: 1 },
    { at: 7, n: 2 },
  ]);
  const two = advance(one.state, page({ n: 2, at: 7 }, { at: 7, n: 3 }), declaration);
  expect(two.fresh).toEqual([{ at: 7, n: 3 }]);
  expect(two.state.max).toBe(7);
});

test('a record that changed is another record', () => {
  const { state } = advance(empty, page({ at: 5, n: 1 }), declaration);
  expect(advance(state, page({ at: 5, n: 2 }), declaration).fresh).toEqual([{ at: 5, n: 2 }]);
});

test('what lies within the overlap is kept in mind, and what lies before is not', () => {
  const wide = { ...declaration, overlap: 10 };
  const { state } = advance(empty, page({ at: 80 }, { at: 95 }, { at: 100 }), wide);
  expect(state.seen.map(([cursor]) => cursor)).toEqual([95, 100]);
  expect(lowerBound(state, wide)).toBe(90);
  expect(advance(state, page({ at: 91 }, { at: 95 }, { at: 100 }), wide).fresh).toEqual([
    { at: 91 },
  ]);
});

test('times are compared as times, asked for as they came, and with an overlap as ISO 8601', () => {
  const { state } = advance(
    empty,
    page({ at: '2026-11-27T09:00:00.123456+01:00' }, { at: '2026-11-27T07:59:00Z' }),
    declaration,
  );
  expect(lowerBound(state, declaration)).toBe('2026-11-27T09:00:00.123456+01:00');
  expect(lowerBound(state, { ...declaration, overlap: '1m' })).toBe('2026-11-27T07:59:00.123Z');
  expect(lowerBound(empty, { ...declaration, start: '2020-01-01' })).toBe('2020-01-01');
  expect(lowerBound(empty, declaration)).toBeUndefined();
});

test('an overlap that holds more records than a position can is refused', () => {
  const many = Array.from({ length: 20_001 }, (_, n) => ({ at: 1, n }));
  expect(() => advance(empty, page(...many), declaration)).toThrow('make it shorter');
});

test('a digest does not depend on the order of fields', () => {
  expect(digestOf({ a: 1, b: [{ c: 2, d: 3 }] })).toBe(digestOf({ b: [{ d: 3, c: 2 }], a: 1 }));
  expect(digestOf({ a: 1 })).not.toBe(digestOf({ a: '1' }));
});
