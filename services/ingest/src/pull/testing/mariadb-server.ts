/** A real MariaDB of a test's own, from the machine's package `mariadb-server`: in a temporary folder, not as root. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync } from 'node:fs';
import { chown, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import mysql from 'mysql2/promise';

export interface MariadbServer {
  readonly port: number;
  /** Of a user that may read all and see what runs, with a password that an address must escape. */
  readonly url: string;
  /** As root. */
  connect(): Promise<mysql.Connection>;
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Stops it and removes its files. */
  remove(): Promise<void>;
}

const paths = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin'];

const found = (program: string): string | undefined =>
  paths
    .map((path) => join(path, program))
    .find((path) => {
      try {
        accessSync(path);
        return true;
      } catch {
        return false;
      }
    });

/** Why there is none on this machine; undefined: there is. */
export const mariadbMissing = (): string | undefined =>
  found('mariadbd') === undefined || found('mariadb-install-db') === undefined
    ? 'needs mariadbd (apt install mariadb-server)'
    : undefined;

/** @param more options of the server, such as TLS */
export const startMariadb = async (more: readonly string[] = []): Promise<MariadbServer> => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-mariadb-'));
  await mkdir(join(folder, 'tmp'));
  const user = otherThanRoot();
  if (user !== undefined)
    for (const path of [folder, join(folder, 'tmp')]) await chown(path, user.uid, user.gid);
  const data = join(folder, 'data');
  execFileSync(
    found('mariadb-install-db')!,
    [
      '--no-defaults',
      `--datadir=${data}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
    ],
    { ...user, stdio: 'ignore', cwd: folder },
  );
  const port = await freePort();
  let server: ChildProcess | undefined;
  const connect = () =>
    mysql.createConnection({ host: '127.0.0.1', port, user: 'root', multipleStatements: true });

  const start = async (): Promise<void> => {
    const options = [
      ...['--no-defaults', `--datadir=${data}`, `--tmpdir=${join(folder, 'tmp')}`],
      ...[`--socket=${join(folder, 's')}`, `--pid-file=${join(folder, 'pid')}`],
      ...['--skip-networking=0', '--bind-address=127.0.0.1', `--port=${port}`],
      ...['--innodb-buffer-pool-size=16M', '--innodb-flush-log-at-trx-commit=0', ...more],
    ];
    server = spawn(found('mariadbd')!, options, { ...user, stdio: ['ignore', 'ignore', 'pipe'] });
    // It says so itself; one that ends before that cannot run here.
    let said = '';
    for await (const chunk of server.stderr!.iterator({ destroyOnReturn: false })) {
      said += chunk;
      if (said.includes('ready for connections')) break;
    }
    server.stderr!.resume();
    if (!said.includes('ready for connections')) throw new Error(`MariaDB did not start: ${said}`);
  };
  const stop = async (): Promise<void> => {
    if (server === undefined) return;
    const ended = once(server, 'exit');
    server.kill('SIGTERM');
    await ended;
    server = undefined;
  };

  await start();
  const root = await connect();
  await root.query(
    "CREATE USER reader IDENTIFIED BY 'p w%'; GRANT SELECT, PROCESS ON *.* TO reader",
  );
  await root.query('CREATE DATABASE shop CHARACTER SET utf8mb4');
  await root.end();
  return {
    port,
    url: `mysql://reader:p%20w%25@127.0.0.1:${port}/shop`,
    connect,
    stop,
    start,
    remove: async () => {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

/** The server refuses to run as root. */
const otherThanRoot = (): { readonly uid: number; readonly gid: number } | undefined =>
  process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : undefined;

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
};
