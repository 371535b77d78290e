import { expect, test } from 'vitest';
import { declaredTransforms } from './declared-transforms.ts';
import { transform } from './transform.ts';

const delays = transform('delays', ({ from }) => {
  from('flights.departed').to('flights.departed');
});

test('files export their transforms', () => {
  expect(declaredTransforms([{ path: 'transforms/delays.ts', exported: delays }])).toEqual([
    delays,
  ]);
});

test('a file that exports something else is named', () => {
  expect(() => declaredTransforms([{ path: 'transforms/x.ts', exported: () => delays }])).toThrow(
    'transforms/x.ts: its default export is not a transform',
  );
});

test('two files with one name are named', () => {
  const files = ['transforms/a.ts', 'transforms/b.ts'].map((path) => ({ path, exported: delays }));
  expect(() => declaredTransforms(files)).toThrow(
    "transforms/b.ts and transforms/a.ts are both named 'delays'",
  );
});
