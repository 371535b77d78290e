import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { casesPage, findCaseProblems, loadCases } from './cases-page.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const file = 'tools/docs/src/cases-page.test.ts';
const one = { id: '7', area: 'Stream', given: 'a', expected: 'b' };

test('every test that a case names is there, and no case is without both test and reason', async () => {
  const cases = await loadCases(root);
  expect(findCaseProblems(root, cases)).toEqual([]);
  expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length);
});

test('a test that is gone, and a case with neither test nor reason, are found', () => {
  const gone = { file, name: 'no such test' };
  expect(
    findCaseProblems(root, [
      { ...one, tests: [gone] },
      { ...one, id: '8', tests: [] },
      { ...one, id: '9', tests: [], without: 'it cannot be' },
    ]),
  ).toEqual([
    `case 7: ${file} has no test "no such test"`,
    'case 8 has neither a test nor a reason',
  ]);
});

test('a case stands under its area with links to its tests and what no test holds', () => {
  const text = casesPage([{ ...one, tests: [{ file, name: 'it holds' }], without: 'But not c.' }]);
  expect(text).toContain('## Stream');
  expect(text).toContain(`| 7 | a | b | [it holds](../../${file}); But not c. |`);
});
