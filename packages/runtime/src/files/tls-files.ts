/** A port's certificate: read at start, and again when the files change, for connections made from then on. */
import { readFile } from 'node:fs/promises';
import type { Server } from 'node:https';
import { createSecureContext, type SecureContextOptions, type TlsOptions } from 'node:tls';
import { MillraceError } from '@millrace/contracts';
import type { Clock, Logger } from '@millrace/pipeline';
import { watchFiles } from './watch-files.ts';

export interface TlsFiles {
  readonly tlsCert: string | undefined;
  readonly tlsKey: string | undefined;
  readonly tlsClientCa: string | undefined;
  readonly tlsClientRequired: boolean;
}

/**
 * What the server is made with; undefined: no TLS. Rejects with `config.access-invalid`.
 * @param prefix what the names of the settings begin with, e.g. `MILLRACE_INGEST`
 */
export const readTls = async (files: TlsFiles, prefix: string): Promise<TlsOptions | undefined> => {
  const { tlsCert, tlsKey, tlsClientCa, tlsClientRequired } = files;
  if (tlsCert === undefined && tlsKey === undefined) {
    if (tlsClientCa === undefined && !tlsClientRequired) return undefined;
    throw wrong(`${prefix}_TLS_CLIENT_CA needs ${prefix}_TLS_CERT and _KEY.`);
  }
  if (tlsCert === undefined || tlsKey === undefined)
    throw wrong(`${prefix}_TLS_CERT and ${prefix}_TLS_KEY belong together.`);
  if (tlsClientRequired && tlsClientCa === undefined)
    throw wrong(`${prefix}_TLS_CLIENT_REQUIRED needs ${prefix}_TLS_CLIENT_CA.`);
  return {
    ...(await readContext(files)),
    minVersion: 'TLSv1.2',
    requestCert: tlsClientCa !== undefined,
    // Without a certificate a client may still have a key; with a bad one it is as if it had none.
    rejectUnauthorized: tlsClientRequired,
  };
};

/** Runs until the signal. Files that do not fit each other are waited for: two files change one after the other. */
export const followTls = (
  server: Server,
  files: TlsFiles,
  options: { readonly clock: Clock; readonly logger: Logger; readonly signal: AbortSignal },
): void => {
  const { logger } = options;
  let told = '';
  const paths = [files.tlsCert, files.tlsKey, files.tlsClientCa].filter(
    (path) => path !== undefined,
  );
  void watchFiles(paths, {
    ...options,
    changed: async () => {
      try {
        server.setSecureContext({ ...(await readContext(files)), minVersion: 'TLSv1.2' });
        logger.info({ file: files.tlsCert }, 'certificate read again');
        told = '';
        return true;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        if (reason !== told)
          logger.warn(
            { code: 'config.access-invalid', reason },
            'the new certificate cannot be used yet: the one before it holds on',
          );
        told = reason;
        return false;
      }
    },
  });
};

const readContext = async (files: TlsFiles): Promise<SecureContextOptions> => {
  const [cert, key, ca] = await Promise.all([
    readPem(files.tlsCert!),
    readPem(files.tlsKey!),
    files.tlsClientCa === undefined ? undefined : readPem(files.tlsClientCa),
  ]);
  const context = { cert, key, ...(ca !== undefined && { ca }) };
  try {
    createSecureContext(context);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw wrong(`${files.tlsCert} and ${files.tlsKey}: ${reason}`, cause);
  }
  return context;
};

const readPem = async (path: string): Promise<Buffer> =>
  readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw wrong(`${path} cannot be read (${cause.code}).`, cause);
  });

const wrong = (message: string, cause?: unknown): MillraceError =>
  new MillraceError('config.access-invalid', message, { cause });
