/**
 * A file of settings that a service reads at its start and again whenever it changes: keys, tokens, notifications. What is in
 * it is its reader's affair; certificates, which are several files, are tls-files.ts.
 */
import { readFile } from 'node:fs/promises';
import { MillraceError } from '@millrace/contracts';
import type { Clock, Logger } from '@millrace/pipeline';
import { watchFiles } from './watch-files.ts';

export interface FollowFileOptions<Settings> {
  /** What the file holds, in the plural, for log lines: `keys`. */
  readonly what: string;
  /** Rejects with a MillraceError for a file that cannot be used. */
  readonly read: (path: string) => Promise<Settings>;
  readonly take: (settings: Settings) => void;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * Rejects as `read` does when the file cannot be used at the start. Later a bad file is logged, once for what is in it, with its
 * error's code, and what was read before holds on: an editor's slip must neither shut everybody out nor let anybody in.
 */
export const followFile = async <Settings>(
  path: string,
  { what, read, take, clock, logger, signal }: FollowFileOptions<Settings>,
): Promise<void> => {
  take(await read(path));
  let told: string | undefined;
  void watchFiles([path], {
    ...{ clock, signal },
    changed: async () => {
      try {
        take(await read(path));
        logger.info({ file: path }, `${what} read again`);
        told = undefined;
        return true;
      } catch (error) {
        const content = await contentOf(path);
        if (content !== told) {
          const code = error instanceof MillraceError ? error.code : undefined;
          const reason = error instanceof Error ? error.message : String(error);
          logger.error(
            { code, file: path, reason },
            `the file is bad: the ${what} before it hold on`,
          );
        }
        told = content;
        return false;
      }
    },
  });
};

const contentOf = (path: string): Promise<string> =>
  readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => String(error.code));
