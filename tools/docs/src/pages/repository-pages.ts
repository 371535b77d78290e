/** The pages that make the documentation, out of the repository. Other Markdown (the tests' figures, notes beside code) is for who works on it. */
import { globSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { type Page, readPage } from './page.ts';

const patterns = [
  ...['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'docs/**/*.md'],
  'services/*/README.md',
  'packages/*/README.md',
];

/** @param root the repository's root; the pages are ordered by path */
export const repositoryPages = (root: string): readonly Page[] =>
  globSync(patterns, { cwd: root })
    .map((path) => path.split(sep).join('/'))
    .sort()
    .map((path) => readPage(path, readFileSync(join(root, path), 'utf8')));
