/** PostgreSQL from npm, with logical replication on, trusting connections from this machine. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { MillraceError } from '@millrace/contracts';
import { postgresAdmits } from '../probe.ts';
import { startChild } from './child.ts';
import { explainPartEnd, logTail } from './failure.ts';
import type { EmbeddedPart, StackFolders } from './part.ts';
import { type PostgresProgram, postgresProgram } from './postgres-program.ts';
import { identify } from './process-identity.ts';

export interface PostgresSettings {
  readonly folders: StackFolders;
  readonly cache: string;
  readonly port: number;
}

const superuser = 'postgres';

export const postgresUrl = (port: number) =>
  `postgres://${superuser}@127.0.0.1:${port}/${superuser}`;

const serverSettings: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  // The path of a socket may not exceed 107 bytes, that of a data directory may.
  unix_socket_directories: '',
  wal_level: 'logical',
  max_replication_slots: '20',
  max_wal_senders: '20',
  shared_buffers: '64MB',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

/** Made beside its place and then renamed: an initdb that was cut short leaves no half-made cluster. */
async function initialise(
  settings: PostgresSettings,
  program: PostgresProgram,
  data: string,
): Promise<void> {
  const fresh = `${data}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { mode: 0o700 });
  program.own(fresh);
  const logFile = join(settings.folders.logDir, 'initdb.log');
  const initdb = await startChild(
    program.run('initdb', [
      `--pgdata=${fresh}`,
      `--username=${superuser}`,
      '--auth=trust',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--no-sync',
      '--no-instructions',
    ]),
    logFile,
  );
  const exit = await initdb.exited;
  if (exit.code !== 0)
    throw explainPartEnd({
      part: 'postgres',
      port: settings.port,
      dataDir: settings.folders.dataDir,
      logFile,
      exit,
      logTail: logTail(logFile, 0),
    });
  renameSync(fresh, data);
}

/**
 * A killed server leaves its lock file, and refuses to start while the pid in it lives. The stack holds the data
 * directory and has ended its processes, so a living one only got that pid afterwards.
 */
function removeForeignLock(data: string): void {
  const lock = join(data, 'postmaster.pid');
  if (!existsSync(lock)) return;
  const pid = Number.parseInt(readFileSync(lock, 'utf8'), 10);
  if (Number.isInteger(pid) && identify(pid) !== undefined) rmSync(lock);
}

export function postgresPart(settings: PostgresSettings): EmbeddedPart {
  const { folders, port } = settings;
  const data = join(folders.dataDir, 'postgres');
  const program = postgresProgram(settings.cache);
  return {
    name: 'postgres',
    port,
    prepare: async () => {
      if (!existsSync(data)) await initialise(settings, program, data);
      if (!existsSync(join(data, 'PG_VERSION')))
        throw new MillraceError(
          'stack.data-dir-unusable',
          `${data} holds no PostgreSQL cluster: give another data directory, or remove it to start empty.`,
        );
      removeForeignLock(data);
      const options = Object.entries(serverSettings).flatMap(([name, value]) => [
        '-c',
        `${name}=${value}`,
      ]);
      return program.run('postgres', ['-D', data, '-p', String(port), ...options]);
    },
    isReady: () => postgresAdmits({ host: '127.0.0.1', port }, superuser, superuser),
  };
}
