import { expect, test } from 'vitest';
import { fileKind, fileRefusal } from './proposed-file.ts';

test('a file is known by the end of its name', () => {
  expect(
    ['paid.avsc', 'PAID.AVSC', 'paid.json', 'paid.odcs.yaml', 'paid.yml'].map(fileKind),
  ).toEqual(['avsc', 'avsc', 'avsc', 'odcs', 'odcs']);
  expect(fileKind('paid.txt')).toBeUndefined();
});

test('what is neither of the two, or no size for one, is told and not taken', () => {
  expect(fileRefusal({ name: 'a.txt', size: 1 })).toContain('neither');
  expect(fileRefusal({ name: 'a.avsc', size: 1e7 })).toContain('too large');
  expect(fileRefusal({ name: 'a.avsc', size: 5_000 })).toBeUndefined();
});
