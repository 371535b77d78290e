import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { sourceStamp } from './source-stamp.ts';

test('a stamp changes with a name or a content, and not with a time or a test', async () => {
  const place = await mkdtemp(join(tmpdir(), 'millrace-stamp-'));
  onTestFinished(() => rm(place, { recursive: true }));
  await mkdir(join(place, 'a'));
  await writeFile(join(place, 'a/one.ts'), '1');
  const first = await sourceStamp([place]);
  await utimes(join(place, 'a/one.ts'), 1, 1);
  await writeFile(join(place, 'a/one.test.ts'), 'x');
  expect(await sourceStamp([place])).toBe(first);
  await writeFile(join(place, 'a/one.ts'), '2');
  const second = await sourceStamp([place]);
  expect(second).not.toBe(first);
  await writeFile(join(place, 'a/two.ts'), '');
  expect(await sourceStamp([place])).not.toBe(second);
});

test('without sources there is no stamp', async () => {
  expect(await sourceStamp(['/nowhere/at/all'])).toBeUndefined();
});
