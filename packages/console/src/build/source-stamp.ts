/** A fingerprint of what the console is built from, by content, so that a checkout that touches every file builds nothing. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * @param places files, and directories with all below them
 * @returns sha256 in hex of names and contents; undefined when a place is missing, as in an image that holds only what was built
 */
export const sourceStamp = async (places: readonly string[]): Promise<string | undefined> => {
  const hash = createHash('sha256');
  for (const place of places) {
    if (!existsSync(place)) return undefined;
    for (const file of await filesBelow(place)) {
      hash.update(file.slice(place.length)).update('\0');
      hash.update(await readFile(file)).update('\0');
    }
  }
  return hash.digest('hex');
};

const filesBelow = async (place: string): Promise<string[]> => {
  if ((await stat(place)).isFile()) return [place];
  const names = await readdir(place, { recursive: true, withFileTypes: true });
  return names
    .filter((entry) => entry.isFile() && !entry.name.includes('.test.'))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
};
