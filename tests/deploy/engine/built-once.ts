/** Programs that are built once a machine, into its cache: the first build takes minutes. */
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir } from '@millrace/stack';

/**
 * @param name of the file in the cache; another one for whatever would make another program
 * @param build writes the program to this path, which is not the file's, so that one that is half written is never taken for it
 * @returns its path
 */
export const builtOnce = async (
  name: string,
  build: (path: string) => Promise<void>,
): Promise<string> => {
  const directory = join(cacheDir(process.env), 'deploy');
  mkdirSync(directory, { recursive: true });
  const file = join(directory, name);
  if (existsSync(file)) return file;
  const partial = `${file}.${process.pid}`;
  await build(partial);
  renameSync(partial, file);
  return file;
};
