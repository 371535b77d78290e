/** Files that are changed under a running service: keys, tokens, certificates. What is in them is their reader's affair. */
import { stat } from 'node:fs/promises';
import type { Clock } from '@millrace/pipeline';

/** So often is looked: a change holds within a second. */
const lookMs = 500;

/**
 * Calls `changed` after the files have changed, and again until it succeeds. Looks at time, size and inode: a mounted
 * secret is replaced by a link, which a watch of the file system does not see. Runs until the signal.
 */
export const watchFiles = async (
  paths: readonly string[],
  options: {
    readonly clock: Clock;
    readonly signal: AbortSignal;
    /** False: the files are not good yet; it is called again at the next look. */
    changed(): Promise<boolean>;
  },
): Promise<void> => {
  let seen = await stateOf(paths);
  while (!options.signal.aborted) {
    await options.clock.sleep(lookMs, options.signal).catch(() => undefined);
    if (options.signal.aborted) return;
    const now = await stateOf(paths);
    if (now !== seen && (await options.changed())) seen = now;
  }
};

const stateOf = async (paths: readonly string[]): Promise<string> => {
  const states = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        ({ mtimeMs, size, ino }) => `${mtimeMs} ${size} ${ino}`,
        (error: NodeJS.ErrnoException) => String(error.code),
      ),
    ),
  );
  return states.join('|');
};
