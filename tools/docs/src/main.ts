import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { countFates, fatesText } from './commands/count-fates.ts';
import { repositoryPages } from './pages/repository-pages.ts';
import { referencePages, root } from './reference-pages.ts';

/**
 * `npm run docs`: writes the reference pages; with --check it only says which are not current. With --blocks it writes nothing and
 * counts the blocks of commands by what becomes of them.
 */
const { values } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    blocks: { type: 'boolean', default: false },
  },
});

if (values.blocks) process.stdout.write(fatesText(countFates(repositoryPages(root))));
for (const [path, text] of Object.entries(values.blocks ? {} : await referencePages())) {
  const file = join(root, path);
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
  if (values.check) {
    process.exitCode = 1;
    process.stdout.write(`${path} is not current; run: npm run docs\n`);
    continue;
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  process.stdout.write(`${path} written\n`);
}
