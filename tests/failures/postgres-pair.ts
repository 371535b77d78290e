/**
 * A PostgreSQL and its standby, which keeps the slots of captures: set up by the block of settings in docs/howto/operate-cdc.md. And one
 * address for both that moves from one to the other. Not a test.
 */
import { execFile } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDir, freePorts, postgresProgram } from '@millrace/stack';
import pg from 'pg';

export interface PostgresPair {
  /** Of whichever the address stands for. */
  readonly url: string;
  readonly standbyUrl: string;
  readonly folders: { readonly primary: string; readonly standby: string };
  /** Types commands that call `pg_ctl`; rejects when one fails. */
  type(script: string): Promise<void>;
  /** From now on the address is the standby's. */
  move(): void;
  drop(): Promise<void>;
}

const program = postgresProgram(cacheDir(process.env));
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** The server refuses to run as root, and so does pg_ctl. What it starts keeps the files that it inherits, so it writes into one. */
const typeInto =
  (log: string) =>
  async (script: string): Promise<void> => {
    const { command, args, env } = program.run('pg_ctl', []);
    const pgCtl = [command, ...args].map(quoted).join(' ');
    const text = `set -e\npg_ctl() { ${pgCtl} "$@"; }\n${script}`;
    const logged = '(eval "$0") > "$1" 2>&1 < /dev/null || { cat "$1" >&2; false; }';
    await promisify(execFile)('bash', ['-c', logged, text, log], {
      env: { ...process.env, ...env },
    });
  };

const serverSettings = (port: number): string =>
  `listen_addresses = '127.0.0.1'\nport = ${port}\nunix_socket_directories = ''\nwal_level = logical\nshared_buffers = 32MB\nfsync = off\n`;

/** @param settings the page's block, in which `# on the primary` begins what is the primary's */
export async function startPostgresPair(settings: string): Promise<PostgresPair> {
  const [primaryPort = 0, standbyPort = 0] = await freePorts(2);
  const directory = await mkdtemp(join(tmpdir(), 'millrace-pair-'));
  const folders = { primary: join(directory, 'primary'), standby: join(directory, 'standby') };
  const [forStandby = '', forPrimary = ''] = settings.split(/^# on the primary.*$/m);
  const type = typeInto(join(directory, 'pg_ctl.log'));
  program.own(directory);
  await mkdir(folders.primary, { mode: 0o700 });
  program.own(folders.primary);
  const { command, args, env } = program.run('initdb', [
    ...[`--pgdata=${folders.primary}`, '--username=postgres', '--auth=trust', '--no-sync'],
    ...['--encoding=UTF8', '--locale=C', '--no-instructions'],
  ]);
  await promisify(execFile)(command, [...args], { env: { ...process.env, ...env } });
  const start = (folder: string) =>
    type(`pg_ctl -D ${folder} -l ${join(directory, 'server.log')} -w start`);
  await appendFile(join(folders.primary, 'postgresql.conf'), serverSettings(primaryPort));
  await start(folders.primary);
  const urlOf = (port: number) => `postgres://postgres@127.0.0.1:${port}/postgres`;
  const client = new pg.Client(urlOf(primaryPort));
  await client.connect();
  await client.query(`select pg_create_physical_replication_slot('standby_b', true)`);
  await client.end();
  await type(`pg_ctl -D ${folders.primary} -m fast stop`);
  await promisify(execFile)('cp', ['-a', folders.primary, folders.standby]);
  await appendFile(join(folders.primary, 'postgresql.conf'), forPrimary);
  await start(folders.primary);
  const own = forStandby.replace('host=primary.example', `host=127.0.0.1 port=${primaryPort}`);
  await appendFile(
    join(folders.standby, 'postgresql.conf'),
    `${serverSettings(standbyPort)}${own.replace('user=replicator', 'user=postgres')}`,
  );
  await writeFile(join(folders.standby, 'standby.signal'), '');
  await start(folders.standby);
  const address = await startAddress(primaryPort);
  return {
    folders,
    type,
    url: urlOf(address.port),
    standbyUrl: urlOf(standbyPort),
    move: () => address.move(standbyPort),
    drop: async () => {
      await address.close();
      for (const folder of Object.values(folders))
        await type(`pg_ctl -D ${folder} -m immediate stop || true`);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A port that stands for another one, which may be changed; who is connected stays where he is. */
async function startAddress(target: number) {
  let at = target;
  const open = new Set<Socket>();
  const server = createServer((inward) => {
    const outward = connect(at, '127.0.0.1');
    for (const [one, other] of [
      [inward, outward],
      [outward, inward],
    ] as const) {
      open.add(one);
      one
        .on('error', () => other.destroy())
        .on('close', () => {
          open.delete(one);
          other.destroy();
        });
    }
    inward.pipe(outward).pipe(inward);
  });
  const [port = 0] = await freePorts(1);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    port,
    move: (to: number) => {
      at = to;
    },
    close: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
