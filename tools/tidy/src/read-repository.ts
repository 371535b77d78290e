import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTree, type Tree } from './tree.ts';

/**
 * Reads a working tree from disk. It asks the file system and not git, so that it works on an unpacked
 * archive and sees a file before it is added; .gitignore says what is no part of the project.
 */
export function readRepository(root: string): Tree {
  const ignored = ignorePatterns(readFileSync(join(root, '.gitignore'), 'utf8'));
  const texts: Record<string, string> = {};
  const collect = (directory: string): void => {
    for (const entry of readdirSync(join(root, directory), { withFileTypes: true })) {
      if (entry.name === '.git' || ignored.some((pattern) => pattern.test(entry.name))) continue;
      const path = directory === '' ? entry.name : `${directory}/${entry.name}`;
      if (entry.isDirectory()) collect(path);
      else if (entry.isFile()) texts[path] = readFileSync(join(root, path), 'utf8');
    }
  };
  collect('');
  return createTree(texts);
}

/** The two forms of .gitignore lines that this repository uses: `name/` and `*.extension`. */
function ignorePatterns(gitignore: string): RegExp[] {
  return gitignore
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.replace(/^\/|\/$/g, ''))
    .map((name) => name.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*'))
    .map((pattern) => new RegExp(`^${pattern}$`));
}
