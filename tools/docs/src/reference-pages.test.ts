import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { referencePages, root } from './reference-pages.ts';

test('every generated page is current; `npm run docs` writes them', async () => {
  const pages = await referencePages();
  const stale = Object.entries(pages)
    .filter(
      ([path]) =>
        !existsSync(join(root, path)) || readFileSync(join(root, path), 'utf8') !== pages[path],
    )
    .map(([path]) => path);
  expect(stale).toEqual([]);
});
