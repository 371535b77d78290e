/** The keys of MILLRACE_INGEST_KEYS_FILE: read at start, and again when it changes. */
import { readFile } from 'node:fs/promises';
import { formatProblem, MillraceError, parseKeysFile } from '@millrace/contracts';
import type { Clock, Logger } from '@millrace/pipeline';
import { watchFiles } from '@millrace/runtime';
import type { KeyRing } from './key-ring.ts';

/**
 * Rejects with `config.access-invalid` when the file cannot be used at the start. Later a bad file is logged once and
 * the keys stay as they were: an editor's slip must not shut everybody out, nor let anybody in.
 */
export const followKeysFile = async (
  path: string,
  keys: KeyRing,
  options: { readonly clock: Clock; readonly logger: Logger; readonly signal: AbortSignal },
): Promise<void> => {
  const { logger } = options;
  keys.setFileKeys(await readKeys(path));
  let told = '';
  void watchFiles([path], {
    ...options,
    changed: async () => {
      try {
        keys.setFileKeys(await readKeys(path));
        logger.info({ file: path }, 'keys read again');
        told = '';
        return true;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        if (reason !== told)
          logger.error(
            { code: 'config.access-invalid', file: path, reason },
            'the file of keys is bad: the keys before it hold on',
          );
        told = reason;
        return false;
      }
    },
  });
};

const readKeys = async (path: string) => {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new MillraceError('config.access-invalid', `${path} cannot be read (${cause.code}).`, {
      cause,
    });
  });
  const { keys, problems } = parseKeysFile(path, text);
  if (problems.length > 0)
    throw new MillraceError('config.access-invalid', problems.map(formatProblem).join('\n'));
  return keys;
};
