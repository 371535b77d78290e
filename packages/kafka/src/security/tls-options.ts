/** What a socket to a broker is made with: the files of a `KafkaTls`, as they are now. */
import { readFile } from 'node:fs/promises';
import type { ConnectionOptions } from 'node:tls';
import { MillraceError } from '@millrace/contracts';
import type { KafkaTls } from '../connection.ts';

const read = async (file: string | undefined): Promise<string | undefined> => {
  if (file === undefined) return undefined;
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    // Secrets that are mounted come late and are exchanged under way.
    throw new MillraceError('kafka.unauthenticated', reason, { cause, retryable: true });
  }
};

/** Rejects with `kafka.unauthenticated` when a file cannot be read. */
export const tlsOptions = async ({
  caFile,
  certificateFile,
  keyFile,
}: KafkaTls): Promise<ConnectionOptions> => {
  const [ca, cert, key] = await Promise.all([read(caFile), read(certificateFile), read(keyFile)]);
  return {
    minVersion: 'TLSv1.2',
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  };
};
