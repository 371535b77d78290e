/**
 * PostgreSQL's own receiver, pg_recvlogical, writing all that comes to nowhere: what a slot can give on this machine to
 * whoever does nothing with it.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type PostgresDatabase, uniqueName } from '@millrace/testkit';
import { copyBaseSlot, dropSlot } from './orders.ts';

/** In the PATH, or where pg_config says; undefined when PostgreSQL's programs are not installed. */
export const findRecvlogical = (): string | undefined => {
  const found = (program: string): string | undefined => {
    try {
      execFileSync(program, ['--version'], { stdio: 'ignore' });
      return program;
    } catch {
      return undefined;
    }
  };
  const bindir = (): string | undefined => {
    try {
      return execFileSync('pg_config', ['--bindir'], { encoding: 'utf8' }).trim();
    } catch {
      return undefined;
    }
  };
  const directory = bindir();
  return (
    found('pg_recvlogical') ??
    (directory === undefined ? undefined : found(join(directory, 'pg_recvlogical')))
  );
};

export interface ReceiverFigures {
  readonly rowsPerSecond: number;
  readonly megabytes: number;
}

/** From the first byte to the end of the log, as text; `changes` are all that lie behind the slot. */
export const drainByRecvlogical = async (
  program: string,
  database: PostgresDatabase,
  changes: number,
): Promise<ReceiverFigures> => {
  const slotName = uniqueName('bench').replaceAll('-', '_');
  await copyBaseSlot(database, slotName);
  const { rows } = await database.query('select pg_current_wal_lsn()::text as lsn');
  const receiver = spawn(
    program,
    [
      ...['-d', database.url, '-S', slotName, '--start', '--no-loop', '-f', '-'],
      ...['-o', 'proto_version=1', '-o', 'publication_names=bench_pub'],
      ...[`--endpos=${rows[0].lsn}`, '--fsync-interval=0', '--status-interval=1'],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let bytes = 0;
  let firstMs = 0;
  receiver.stdout.on('data', (chunk: Buffer) => {
    if (bytes === 0) firstMs = performance.now();
    bytes += chunk.length;
  });
  const [code] = await once(receiver, 'close');
  const seconds = (performance.now() - firstMs) / 1000;
  await dropSlot(database, slotName);
  if (code !== 0) throw new Error(`pg_recvlogical ended with ${code}`);
  return { rowsPerSecond: changes / seconds, megabytes: bytes / 1e6 };
};
