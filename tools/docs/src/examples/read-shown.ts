/**
 * What the files of this folder show to pages, as the pages have it: what stands between `// doc: name` and `// end`, without the
 * indentation of the function around it; of a file without such marks everything below the comment at its head. `export const name = `
 * stands for a page's `export default `, of which a file can have one. Of `elsewhere`, what is marked. Reads files, runs nothing.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../reference-pages.ts';

export interface Example {
  readonly file: string;
  /** Behind `doc:`; of a whole file its name. */
  readonly name: string;
  readonly code: string;
}

const marked = /^( *)\/\/ doc: (\w+)\n([\s\S]*?)^ *\/\/ end/gm;
const head = /^\/\*\*[\s\S]*?\*\/\n/;

/** What runs where its servers are. */
const elsewhere = ['packages/testkit/src/testkit.stack.test.ts'];

/** Every example of the folder, ordered by file, and those elsewhere. */
export const readExamples = (): readonly Example[] =>
  [
    ...globSync('*-{example,examples,transform,example.test}.ts', { cwd: import.meta.dirname })
      .sort()
      .map((file) => join('tools/docs/src/examples', file)),
    ...elsewhere,
  ].flatMap((file) => examplesIn(file, readFileSync(join(root, file), 'utf8')));

function examplesIn(file: string, text: string): readonly Example[] {
  const examples = [...text.matchAll(marked)].map(([, indent = '', name = '', code = '']) => ({
    file,
    name,
    code: code
      .replaceAll(new RegExp(`^${indent}`, 'gm'), '')
      .replace(/^export const \w+ = (?=transform\()/, 'export default '),
  }));
  return examples.length > 0 ? examples : [{ file, name: file, code: text.replace(head, '') }];
}
