/** The keys of MILLRACE_INGEST_KEYS_FILE: read at start, and again when it changes. */
import { readFile } from 'node:fs/promises';
import { formatProblem, MillraceError, parseKeysFile } from '@millrace/contracts';
import type { Clock, Logger } from '@millrace/pipeline';
import { followFile } from '@millrace/runtime';
import type { KeyRing } from './key-ring.ts';

/** Rejects with `config.access-invalid` when the file cannot be used at the start; a bad file later leaves the keys as they were. */
export const followKeysFile = (
  path: string,
  keys: KeyRing,
  options: { readonly clock: Clock; readonly logger: Logger; readonly signal: AbortSignal },
): Promise<void> =>
  followFile(path, { ...options, what: 'keys', read: readKeys, take: keys.setFileKeys });

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
