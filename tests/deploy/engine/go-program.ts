/** A program built by Go inside the module that publishes it, where `go install` refuses one that excludes or replaces others. Once a machine. */
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheDir } from '@millrace/stack';
import { attempt, run } from './run.ts';

/**
 * @param name of the file in the cache, with its version
 * @param module with its version, `path@v1.2.3`
 * @param program its package within the module
 * @param stamps variables that the linker sets
 * @returns its path
 */
export const goProgram = async (
  name: string,
  module: string,
  program: string,
  stamps: Readonly<Record<string, string>> = {},
): Promise<string> => {
  const directory = join(cacheDir(process.env), 'deploy');
  mkdirSync(directory, { recursive: true });
  const file = join(directory, name);
  if (existsSync(file)) return file;
  const { stdout } = await attempt('go', ['mod', 'download', '-json', module], { cwd: tmpdir() });
  const { Dir, Error: problem } = JSON.parse(stdout) as { Dir?: string; Error?: string };
  if (Dir === undefined) throw new Error(`${module}: ${problem}`);
  const flags = Object.entries(stamps).map(([variable, value]) => `-X ${variable}=${value}`);
  const partial = `${file}.${process.pid}`;
  await run(
    'go',
    ['build', '-trimpath', '-ldflags', ['-s -w', ...flags].join(' '), '-o', partial, program],
    { cwd: Dir, env: { ...process.env, CGO_ENABLED: '0' } },
  );
  renameSync(partial, file);
  return file;
};
