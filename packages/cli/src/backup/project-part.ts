/** The project's files in a backup: contracts, transforms, sources and what the warehouse has of its own. */
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { BackupWriter } from './manifest.ts';

const folders = ['schemas', 'transforms', 'sources', 'warehouse'];

/** Answers with the number of files; a folder that is not there is none. */
export async function saveProject(project: string, backup: BackupWriter): Promise<number> {
  let count = 0;
  for (const folder of folders) {
    const entries = await readdir(join(project, folder), {
      recursive: true,
      withFileTypes: true,
    }).catch(() => []);
    for (const entry of entries) {
      if (!entry.isFile() || entry.parentPath.includes('node_modules')) continue;
      const path = join(entry.parentPath, entry.name);
      await backup.write(join('project', relative(project, path)), await readFile(path));
      count += 1;
    }
  }
  return count;
}
