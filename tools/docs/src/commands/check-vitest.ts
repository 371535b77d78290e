/** Holds `npx vitest run …` and `npm test -- …` against projects, files, names of tests and parts that there are. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What is wrong with the words behind `vitest run`; undefined when it would run at least one test. @param root the repository's root */
export function vitestMisuse(words: readonly string[], root: string): string | undefined {
  const projects = [
    ...readFileSync(join(root, 'vitest.config.ts'), 'utf8').matchAll(/name: '(\w+)'/g),
  ].map(([, name]) => name);
  let named = '';
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (word === '-t') named = words[++at] ?? '';
    else if (word === '--project') {
      const project = words[++at];
      if (!projects.includes(project)) return `vitest.config.ts has no project ${project}`;
    } else if (word.startsWith('-')) return `vitest run ${word} is not known to pages`;
    else if (!existsSync(join(root, word)) && globSync(`${word}*`, { cwd: root }).length === 0)
      return `${word} is no test`;
  }
  return named === '' || hasTest(named, root) ? undefined : `no test has the name '${named}'`;
}

const title = /\b(?:test|describe)(?:\.\w+)*\(\s*(['"`])(.*?)\1/g;

/** Of a pattern that is more than words it is not known. */
const hasTest = (name: string, root: string): boolean =>
  /[\^$|()[\]*+?]/.test(name) ||
  globSync('{packages,services,tools}/*/src/**/*.test.ts', { cwd: root }).some((path) =>
    [...readFileSync(join(root, path), 'utf8').matchAll(title)].some(([, , text]) =>
      text?.includes(name),
    ),
  );

/** What is wrong with `npm <script> -- <words>` of the scripts that run parts; undefined when nothing is seen. */
export async function partMisuse(
  script: string,
  words: readonly string[],
  root: string,
): Promise<string | undefined> {
  const named = words.slice(words.indexOf('--') + 1);
  if (!words.includes('--') || !['test', 'test:long'].includes(script)) return undefined;
  const { everyChange, longRuns } = (await import(
    pathToFileURL(join(root, 'tools/check/src/parts.ts')).href
  )) as Readonly<Record<string, readonly { readonly name: string }[]>>;
  const parts = (script === 'test' ? everyChange : longRuns)?.map(({ name }) => name) ?? [];
  const unknown = named.find((name) => !parts.includes(name));
  return unknown === undefined ? undefined : `npm ${script} has no part ${unknown}`;
}
