import { expect, test } from 'vitest';
import { proposedFilesOf } from './answer-impact.ts';

test('files with text or without are a proposal', () => {
  const files = [
    { path: 'schemas/a/b.avsc', text: '{}' },
    { path: 'schemas/a/c.avsc', text: null },
  ];
  expect(proposedFilesOf({ files })).toEqual(files);
});

test.each([
  undefined,
  {},
  { files: {} },
  { files: [{ path: 1, text: '' }] },
  { files: [{ path: '' }] },
])('%j is no proposal', (body) => {
  expect(() => proposedFilesOf(body)).toThrow(/files is a list/);
});
