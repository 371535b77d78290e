/**
 * A real MariaDB or MySQL of a test's own, in a temporary folder, not as root. MariaDB is the machine's package
 * `mariadb-server`; MySQL is a `mysqld` in the PATH.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync } from 'node:fs';
import { chown, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
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

interface ServerKind {
  readonly name: string;
  /** Undefined: there is none on this machine. */
  readonly program: string | undefined;
  readonly howToGet: string;
  /** Makes the files of a server whose root has no password. */
  initialize(data: string, run: (program: string, args: readonly string[]) => void): void;
  readonly options: readonly string[];
}

const mariadb: ServerKind = {
  name: 'MariaDB',
  program: found('mariadb-install-db') && found('mariadbd'),
  howToGet: 'needs mariadbd (apt install mariadb-server)',
  initialize: (data, run) => {
    const options = ['--auth-root-authentication-method=normal', '--skip-test-db'];
    run(found('mariadb-install-db')!, ['--no-defaults', `--datadir=${data}`, ...options]);
  },
  options: [],
};

const oracle: ServerKind = {
  name: 'MySQL',
  program: mysqld(),
  howToGet: 'needs a mysqld of MySQL in the PATH',
  initialize: (data, run) => {
    const options = ['--initialize-insecure', ...oracle.options];
    run(oracle.program!, ['--no-defaults', ...options, `--datadir=${data}`]);
  },
  // without certificates of its own making, so that TLS is off where no test asks for it
  options: [
    ...['--mysqlx=OFF', '--skip-log-bin', '--secure-file-priv=NULL', '--auto-generate-certs=OFF'],
  ],
};

export const serverKinds: readonly ServerKind[] = [mariadb, oracle];

export const startMysql = async (kind: ServerKind): Promise<MysqlServer> => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-mysql-'));
  await mkdir(join(folder, 'tmp'));
  const user = otherThanRoot();
  if (user !== undefined)
    for (const path of [folder, join(folder, 'tmp')]) await chown(path, user.uid, user.gid);
  const data = join(folder, 'data');
  kind.initialize(data, (program, args) =>
    execFileSync(program, [...args], { ...user, stdio: 'ignore', cwd: folder }),
  );
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
      ...[...kind.options, ...more],
    ];
    server = spawn(kind.program!, options, {
      ...{ ...user, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
    });
    // It says so itself; one that ends before that cannot run here.
    let said = '';
    for await (const chunk of server.stderr!.iterator({ destroyOnReturn: false })) {
      said += chunk;
      if (/ready for connections.*port: [1-9]/s.test(said)) break;
    }
    server.stderr!.resume();
    if (!said.includes('ready for connections'))
      throw new Error(`${kind.name} did not start: ${said}`);
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
