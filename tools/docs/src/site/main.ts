/** `npm run site`: builds the documentation's site into dist/site, or says which links are dead. */
import { join } from 'node:path';
import { repositoryPages } from '../pages/repository-pages.ts';
import { root } from '../reference-pages.ts';
import { buildSite } from './build-site.ts';

const directory = join(root, 'dist/site');
const { pages, findings } = buildSite(root, repositoryPages(root), process.argv[2] ?? directory);
for (const { path, line, message } of findings)
  process.stderr.write(`${path}:${line}: ${message}\n`);
if (findings.length > 0) process.exitCode = 1;
else process.stdout.write(`${pages} pages in ${process.argv[2] ?? directory}; open index.html.\n`);
