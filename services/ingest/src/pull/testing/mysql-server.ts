/**
 * A real MariaDB or MySQL of a test's own, in a temporary folder. MariaDB is the pinned one of the testkit, or the machine's
 * package `mariadb-server`; MySQL is a `mysqld` in the PATH.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { mariadbHome } from '@millrace/testkit';
import mysql from 'mysql2/promise';

export interface MysqlServer {
  readonly port: number;
  /** Of a user that may read all and see what runs, with a password that an address must escape. */
  readonly url: string;
  /** As root. */
  connect(): Promise<mysql.Connection>;
  stop(): Promise<void>;
  /** @param more options of the server, such as TLS */
  start(more?: readonly string[]): Promise<void>;
  /** Stops it and removes its files. */
  remove(): Promise<void>;
}

const paths = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin'];

const isThere = (path: string): boolean => {
  try {
    accessSync(path);
    return true;
  } catch {
    return false;
  }
};
const found = (program: string): string | undefined =>
  paths.map((path) => join(path, program)).find(isThere);

/** Debian's MariaDB is a `mysqld`, too. */
const isMysql = (program: string): boolean =>
  !execFileSync(program, ['--no-defaults', '--version'], { encoding: 'utf8' }).includes('MariaDB');

const mysqld = (): string | undefined =>
  paths.map((path) => join(path, 'mysqld')).find((program) => isThere(program) && isMysql(program));

/** A kind of server that is on this machine. */
export interface ServerPrograms {
  readonly name: string;
  readonly server: string;
  /** Makes the files of a server whose root has no password. */
  readonly initialize: readonly string[];
  readonly options: readonly string[];
  /** So that it has no TLS, where a test asks for none. */
  readonly withoutTls: readonly string[];
}

export interface ServerKind {
  readonly name: string;
  readonly howToGet: string;
  /** Undefined: there is none on this machine. */
  find(): Promise<ServerPrograms | undefined>;
}

const mariadb: ServerKind = {
  name: 'MariaDB',
  howToGet: 'needs mariadbd (apt install mariadb-server)',
  async find() {
    const home = await mariadbHome();
    const server = home === undefined ? found('mariadbd') : join(home, 'bin', 'mariadbd');
    const install =
      home === undefined
        ? found('mariadb-install-db')
        : join(home, 'scripts', 'mariadb-install-db');
    if (server === undefined || install === undefined) return undefined;
    const options = home === undefined ? [] : [`--basedir=${home}`];
    const made = ['--auth-root-authentication-method=normal', '--skip-test-db'];
    const initialize = [install, '--no-defaults', ...options, ...made];
    return { name: mariadb.name, server, initialize, options, withoutTls: ['--skip-ssl'] };
  },
};

const oracle: ServerKind = {
  name: 'MySQL',
  howToGet: 'needs a mysqld of MySQL in the PATH',
  async find() {
    const server = mysqld();
    if (server === undefined) return undefined;
    // without certificates of its own making, so that TLS is off where no test asks for it
    const options = [
      ...['--mysqlx=OFF', '--skip-log-bin', '--secure-file-priv=NULL', '--auto-generate-certs=OFF'],
    ];
    const initialize = [server, '--no-defaults', '--initialize-insecure', ...options];
    return { name: oracle.name, server, initialize, options, withoutTls: [] };
  },
};

export const serverKinds: readonly ServerKind[] = [mariadb, oracle];

/** Both refuse to run as root unless told to. */
const asRoot = process.getuid?.() === 0 ? ['--user=root'] : [];

export const startMysql = async (programs: ServerPrograms): Promise<MysqlServer> => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-mysql-'));
  await mkdir(join(folder, 'tmp'));
  const data = join(folder, 'data');
  const [make, ...madeWith] = programs.initialize;
  execFileSync(make!, [...madeWith, ...asRoot, `--datadir=${data}`], {
    ...{ stdio: 'ignore', cwd: folder },
  });
  const port = await freePort();
  let server: ChildProcess | undefined;
  const connect = () =>
    mysql.createConnection({ host: '127.0.0.1', port, user: 'root', multipleStatements: true });

  const start = async (more: readonly string[] = []): Promise<void> => {
    const options = [
      ...['--no-defaults', `--datadir=${data}`, `--tmpdir=${join(folder, 'tmp')}`],
      ...[`--socket=${join(folder, 's')}`, `--pid-file=${join(folder, 'pid')}`],
      ...['--skip-networking=0', '--bind-address=127.0.0.1', `--port=${port}`],
      ...['--innodb-buffer-pool-size=16M', '--innodb-flush-log-at-trx-commit=0'],
      ...[...programs.options, ...asRoot, ...(more.length === 0 ? programs.withoutTls : more)],
    ];
    server = spawn(programs.server, options, {
      ...{ cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
    });
    // It says so itself; one that ends before that cannot run here.
    let said = '';
    for await (const chunk of server.stderr!.iterator({ destroyOnReturn: false })) {
      said += chunk;
      if (/ready for connections.*port: [1-9]/s.test(said)) break;
    }
    server.stderr!.resume();
    if (!said.includes('ready for connections'))
      throw new Error(`${programs.name} did not start: ${said}`);
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

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
};
