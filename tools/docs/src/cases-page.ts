import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { page, table } from './markdown.ts';

/** What the page needs of one case of the declaration. */
export interface DeclaredCase {
  readonly id: string;
  readonly area: string;
  readonly given: string;
  readonly expected: string;
  readonly tests: readonly { readonly file: string; readonly name: string }[];
  readonly without?: string;
}

const source = 'tests/cases/cdc-cases.ts';

/** Loads the declaration by its path, as tests are imported by nobody. @param root the repository's root */
export async function loadCases(root: string): Promise<readonly DeclaredCase[]> {
  const module = (await import(pathToFileURL(join(root, source)).href)) as {
    readonly cdcCases: readonly DeclaredCase[];
  };
  return module.cdcCases;
}

/** Cases without a test and without a reason, and tests that their file does not have, one line each. */
export function findCaseProblems(root: string, cases: readonly DeclaredCase[]): readonly string[] {
  return cases.flatMap(({ id, tests, without }) => [
    ...(tests.length === 0 && without === undefined
      ? [`case ${id} has neither a test nor a reason`]
      : []),
    ...tests
      .filter(({ file, name }) => !hasTest(join(root, file), name))
      .map(({ file, name }) => `case ${id}: ${file} has no test "${name}"`),
  ]);
}

/** The name as the first argument of a call, in whichever quotes it needs. */
function hasTest(path: string, name: string): boolean {
  if (!existsSync(path)) return false;
  const text = readFileSync(path, 'utf8').replaceAll(/\(\s+/g, '(');
  return [`('${name.replaceAll("'", "\\'")}'`, `("${name}"`, `(\`${name}\``].some((call) =>
    text.includes(call),
  );
}

/** docs/reference/cdc-cases.md: what happens in which case, and which test makes it happen. */
export const casesPage = (cases: readonly DeclaredCase[]): string =>
  page('Cases of the capture', `\`${source}\``, [
    'What whoever moves from Debezium will see happen one day, and the tests that make it happen on real servers. A case without a test says why.',
    ...[...Map.groupBy(cases, ({ area }) => area)].map(
      ([area, members]) =>
        `## ${area}\n\n${table(
          ['Case', 'Given', 'Expected', 'Tests'],
          members.map(({ expected, given, id, tests, without }) => [
            id,
            given,
            expected,
            [...tests.map(testLink), ...(without === undefined ? [] : [without])].join('; '),
          ]),
        )}`,
    ),
  ]);

const testLink = ({ file, name }: { file: string; name: string }): string =>
  `[${name}](../../${file})`;
