/** The one place that decides whether the console has to be built: when its sources are there and are not those of dist. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { distDirectory, sourcePlaces, stampName } from './places.ts';
import { sourceStamp } from './source-stamp.ts';

export interface EnsureConsoleOptions {
  /** Told one line before a build, which takes seconds, and one when it failed. */
  readonly tell?: (line: string) => void;
}

/**
 * Builds the console when dist is missing or older than its sources; else it reads the sources once (10 ms) and is done. Never
 * rejects: without a console the service does all else, and says at `/` how to build it.
 * @returns whether what dist holds is current
 */
export const ensureConsole = async (options: EnsureConsoleOptions = {}): Promise<boolean> => {
  const wanted = await sourceStamp(sourcePlaces);
  const built = await readFile(join(distDirectory, stampName), 'utf8').catch(() => undefined);
  if (wanted === undefined) return built !== undefined;
  if (built?.trim() === wanted) return true;
  options.tell?.('building the console (once after each change of it) …');
  try {
    // loaded only now: Vite is large, and an image may lack it
    const { buildConsole } = await import('./build-console.ts');
    await buildConsole();
    return true;
  } catch (error) {
    options.tell?.(`the console was not built: ${error instanceof Error ? error.message : error}`);
    return false;
  }
};
