/** Builds the console into dist: Vite, compressed forms, and the stamp of its sources as the last act. */
import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'vite';
import { compressFiles } from './compress-files.ts';
import { distDirectory, sourcePlaces, stampName } from './places.ts';
import { sourceStamp } from './source-stamp.ts';
import { viteConfig } from './vite-config.ts';

/**
 * Builds beside dist and takes its place when it is whole: whoever serves it never sees half, and of two that build at once the
 * later wins. Rejects with Vite's own error.
 */
export const buildConsole = async (): Promise<void> => {
  const stamp = await sourceStamp(sourcePlaces);
  const directory = join(distDirectory, '..', `dist-${randomUUID()}`, 'dist');
  const around = join(directory, '..');
  await mkdir(directory, { recursive: true });
  try {
    await build(viteConfig(directory));
    await compressFiles(directory);
    await writeFile(join(directory, stampName), `${stamp}\n`);
    await putInPlace(directory, join(around, 'old'));
  } finally {
    await rm(around, { recursive: true, force: true });
  }
};

/** A directory cannot replace one that is not empty: the old one steps aside first. Another build may do so at the same time. */
const putInPlace = async (directory: string, aside: string): Promise<void> => {
  for (let attempt = 0; ; attempt += 1) {
    await rename(distDirectory, `${aside}-${attempt}`).catch(ignoreMissing);
    try {
      await rename(directory, distDirectory);
      return;
    } catch (error) {
      const taken = ['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '');
      if (!taken || attempt > 10) throw error;
    }
  }
};

const ignoreMissing = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'ENOENT') throw error;
};
