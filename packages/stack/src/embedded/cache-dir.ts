/** The per-user cache of what is downloaded or computed once for all stacks of this machine. */
import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { explainFileError } from './failure.ts';

/** MILLRACE_CACHE_DIR, else XDG_CACHE_HOME/millrace, else ~/.cache/millrace. Created when missing. */
export function cacheDir(env: NodeJS.ProcessEnv): string {
  const base = env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const directory = resolve(env['MILLRACE_CACHE_DIR'] || join(base, 'millrace'));
  try {
    mkdirSync(directory, { recursive: true });
  } catch (error) {
    throw explainFileError(directory, error);
  }
  return directory;
}
