/**
 * Transactions of a source that are larger than anything in memory, measured on the real process: resident memory, the
 * spool on disk, and every row once. The figures are printed.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  compileReader,
  createRegistryClient,
  type DatumReader,
  FRAME_HEADER_BYTES,
  frameSchemaId,
} from '@millrace/avro';
import { changeTopic } from '@millrace/contracts';
import { readPartition } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import { type RunningStack, startStack } from '@millrace/stack';
import {
  createPostgresDatabase,
  momentOfChance,
  type PostgresDatabase,
  type ServiceProcess,
  startService,
  uniqueName,
} from '@millrace/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';

const PATIENCE = { timeout: 900_000, interval: 100 } as const;
const RESIDENT_MB_MAX = 300;
const SPOOLED = 'millrace_cdc_spooled_bytes';
const WRITTEN = 'millrace_cdc_written_records_total';

let stack: RunningStack;
let database: PostgresDatabase;
let source: string;
let directory: string;
const running: ServiceProcess[] = [];

beforeAll(async () => {
  stack = await startStack({ backend: 'embedded' });
});
afterAll(() => stack.stop());
beforeEach(async () => {
  database = await createPostgresDatabase('huge', stack.endpoints.postgresUrl);
  await database.query('create table t (id int primary key, note text, amount numeric(12,2))');
  source = uniqueName('huge').replaceAll('-', '_');
  directory = mkdtempSync(join(tmpdir(), 'huge-spool-'));
});
afterEach(async () => {
  for (const service of running) service.kill('SIGKILL');
  await Promise.all(running.splice(0).map((service) => service.exited));
  await database.drop();
  rmSync(directory, { recursive: true, force: true });
});

const start = async (spoolDir = directory): Promise<ServiceProcess> => {
  const service = await startService('cdc', {
    MILLRACE_KAFKA_BROKERS: stack.endpoints.kafkaBrokers,
    MILLRACE_REGISTRY_URL: stack.endpoints.registryUrl,
    MILLRACE_POSTGRES_URL: database.url,
    MILLRACE_CDC_SOURCE: source,
    MILLRACE_CDC_TABLES: 'public.t',
    MILLRACE_CDC_SPOOL_DIR: spoolDir,
  });
  running.push(service);
  return service;
};
const fill = (rows: number): string =>
  `insert into t select g, 'note ' || g || ' lorem ipsum dolor sit amet', (g % 100000) / 100.0
   from generate_series(1, ${rows}) g`;
const peakMb = ({ pid }: ServiceProcess): number =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
const spools = (): readonly string[] =>
  readdirSync(directory, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.spool'));
const isConfirmed = async (): Promise<void> => {
  const { rows } = await database.query('select pg_current_wal_lsn()::text as lsn');
  await expect
    .poll(async () => {
      const { rows: slots } = await database.query(
        'select confirmed_flush_lsn >= $1::pg_lsn as done from pg_replication_slots where database = current_database()',
        [rows[0].lsn],
      );
      return slots[0].done;
    }, PATIENCE)
    .toBe(true);
};

/** Ids in the order of the topic, without keeping the records. */
async function* ids(): AsyncGenerator<number> {
  const registry = createRegistryClient({ url: stack.endpoints.registryUrl });
  const connection = {
    ...{ brokers: [stack.endpoints.kafkaBrokers], clientId: 'huge', logger: silentLogger },
  };
  let read: DatumReader | undefined;
  const records = readPartition(connection, {
    ...{ topic: changeTopic(source, 'public', 't'), partition: 0, fromOffset: 0 },
    isolation: 'read_committed',
  });
  for await (const { key } of records) {
    if (key === null) continue;
    read ??= compileReader((await registry.schemaById(frameSchemaId(key) ?? 0)).schemaText);
    yield Number((read(key.subarray(FRAME_HEADER_BYTES)) as { readonly id: number }).id);
  }
}
/** Asserts that the topic holds 1 to `rows` in order, and whatever comes behind. */
const expectIds = async (rows: number, behind: readonly number[]): Promise<void> => {
  let expected = 1;
  const rest: number[] = [];
  for await (const id of ids()) {
    if (expected <= rows) expect(id).toBe(expected++);
    else rest.push(id);
  }
  expect(expected).toBe(rows + 1);
  expect(rest).toEqual(behind);
};

test('600,000 rows rolled back while they are streamed leave no record and an empty spool', async () => {
  const service = await start();
  await service.ready();
  const writer = await database.connect();
  await writer.query('begin');
  await writer.query(fill(600_000));
  await expect.poll(() => service.metric(SPOOLED), PATIENCE).toBeGreaterThan(20e6);
  expect(spools()).toHaveLength(1);
  await writer.query('rollback');
  await database.query("insert into t values (9000000, 'marker', 1)");
  await isConfirmed();
  expect(spools()).toEqual([]);
  await expectIds(0, [9_000_000]);
  console.log(`600,000 rows rolled back: RSS at most ${Math.round(peakMb(service))} MB`);
  expect(peakMb(service)).toBeLessThan(RESIDENT_MB_MAX);
});

test('1,000,000 rows of one transaction go through in bounded memory, each once', async () => {
  const service = await start();
  await service.ready();
  const startedMs = performance.now();
  await database.query(fill(1_000_000));
  const insertedMs = performance.now();
  await isConfirmed();
  const endedMs = performance.now();
  console.log(
    `1,000,000 rows in one transaction: RSS at most ${Math.round(peakMb(service))} MB, inserted in ` +
      `${Math.round(insertedMs - startedMs)} ms, on Kafka ${Math.round(endedMs - insertedMs)} ms later`,
  );
  await database.query("insert into t values (9000000, 'marker', 1)");
  await isConfirmed();
  await expectIds(1_000_000, [9_000_000]);
  expect(spools()).toEqual([]);
  expect(peakMb(service)).toBeLessThan(RESIDENT_MB_MAX);
});

test('killed again and again inside a transaction of 1,000,000 rows, each is there once', async () => {
  await (await start()).ready();
  const inserting = database.query(fill(1_000_000));
  for (let round = 0; round < 6; round++) {
    const service = running.at(-1) as ServiceProcess;
    // the first falls into the streaming of the open transaction, the others into its writing
    if (round === 0) await momentOfChance(500, 2000);
    else {
      await inserting;
      const enough = 20_000 + Math.random() * 100_000;
      await expect
        .poll(async () => (await service.metric(WRITTEN)) ?? 0, PATIENCE)
        .toBeGreaterThan(enough);
    }
    service.kill('SIGKILL');
    await service.exited;
    await (await start()).ready();
  }
  await isConfirmed();
  await expectIds(1_000_000, []);
  expect(spools()).toEqual([]);
});

test('a spool whose disk is full is told and tried again; with room nothing is lost (needs root: it mounts a tmpfs)', async () => {
  const disk = join(directory, 'disk');
  mkdirSync(disk);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', disk]);
  try {
    // the server streams what is larger than this while it is open
    await database.query(
      `alter database "${database.name}" set logical_decoding_work_mem = '64kB'`,
    );
    const service = await start(disk);
    await service.ready();
    await database.query(fill(300_000));
    const told = () => service.lines.filter((line) => line.includes('cdc.spool-failed'));
    await expect.poll(() => told().length, PATIENCE).toBeGreaterThan(1);
    expect(told()[0]).toContain('ENOSPC');
    execFileSync('mount', ['-o', 'remount,size=512m', disk]);
    await service.ready();
    await isConfirmed();
    await expectIds(300_000, []);
    expect((await service.stop()).code).toBe(0);
  } finally {
    for (const service of running) service.kill('SIGKILL');
    await Promise.all(running.map((service) => service.exited));
    execFileSync('umount', [disk]);
  }
});
