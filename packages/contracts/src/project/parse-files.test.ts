import { expect, test } from 'vitest';
import { exampleFiles } from '../testing/example-files.ts';
import { parseFiles } from './parse-files.ts';

test('a byte order mark before a file, as editors of Windows write it, changes nothing', () => {
  const marked = exampleFiles().map(({ path, text }) => ({ path, text: `\uFEFF${text}` }));
  const { contracts, problems } = parseFiles(marked);
  expect(problems).toEqual([]);
  expect(contracts).toEqual(parseFiles(exampleFiles()).contracts);
});
