import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CdcUnderTest, createCdcUnderTest } from './testing/cdc-under-test.ts';

let cdc: CdcUnderTest;
let spoolDir: string;
beforeEach(() => {
  spoolDir = mkdtempSync(join(tmpdir(), 'cdc-spool-'));
});
afterEach(async () => {
  await cdc.close();
  rmSync(spoolDir, { recursive: true });
});

const PATIENCE = { timeout: 60_000, interval: 5 } as const;
const WRITTEN = 'millrace_cdc_written_records_total';
const filesOnDisk = (): readonly string[] => readdirSync(spoolDir, { recursive: true }).map(String);

/** The server streams what is larger than this while it is open. */
const smallWorkMemory = (): Promise<unknown> =>
  cdc.database.query(
    `alter database "${cdc.database.name}" set logical_decoding_work_mem = '64kB'`,
  );
const fill = (from: number, to: number): string =>
  `insert into t select g, repeat('x', 200) from generate_series(${from}, ${to}) g`;
const ids = async (): Promise<readonly number[]> =>
  (await cdc.changes('t')).map(({ key }) => Number(key?.['id']));
const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

test.each(['1', '2', '3', '4'])(
  'by protocol %s large open transactions arrive in commit order, rolled back parts do not',
  async (protocol) => {
    cdc = await createCdcUnderTest(`cdc_proto${protocol}`);
    await smallWorkMemory();
    await cdc.database.query('create table t (id int primary key, v text)');
    const service = await cdc.start({
      MILLRACE_CDC_PROTOCOL: protocol,
      MILLRACE_CDC_SPOOL_DIR: spoolDir,
    });
    await service.ready();
    const [large, gone, small] = await Promise.all([1, 2, 3].map(() => cdc.database.connect()));
    await large?.query(`begin; ${fill(1, 2000)}; savepoint a; ${fill(5001, 7000)}`);
    await gone?.query(`begin; ${fill(20_001, 24_000)}`);
    await large?.query(`rollback to a; ${fill(2001, 3000)}; savepoint b; ${fill(3001, 4000)}`);
    await small?.query(fill(10_001, 10_001));
    if (protocol !== '1') {
      await expect
        .poll(() => filesOnDisk().filter((name) => name.endsWith('.spool')), PATIENCE)
        .toHaveLength(2);
    }
    await gone?.query('rollback');
    await large?.query(
      `release b; alter table t add w int; update t set w = 1 where id = 1; commit`,
    );
    await cdc.caughtUp();
    expect(await ids()).toEqual([10_001, ...range(1, 4000), 1]);
    expect((await cdc.changes('t')).at(-1)?.value?.after?.['w']).toBe(1);
    expect(filesOnDisk().filter((name) => name.endsWith('.spool'))).toEqual([]);
  },
);

test('killed while a large transaction is written, it goes on inside it, also when the server sends it whole then', async () => {
  cdc = await createCdcUnderTest('cdc_spoolkill');
  await smallWorkMemory();
  await cdc.database.query('create table t (id int primary key, v text)');
  const env = { MILLRACE_CDC_BATCH_RECORDS_MAX: '50', MILLRACE_CDC_SPOOL_DIR: spoolDir };
  for (const [round, protocol] of ['4', '1', '4'].entries()) {
    const service = await cdc.start({ ...env, MILLRACE_CDC_PROTOCOL: protocol });
    await service.ready();
    if (round === 0) await cdc.database.query(fill(1, 6000));
    await expect
      .poll(async () => (await service.metric(WRITTEN)) ?? 0, PATIENCE)
      .toBeGreaterThan(300);
    service.kill('SIGKILL');
    await service.exited;
  }
  const last = await cdc.start({ MILLRACE_CDC_SPOOL_DIR: spoolDir });
  await last.ready();
  await cdc.caughtUp();
  expect(await ids()).toEqual(range(1, 6000));
  expect((await last.stop()).code).toBe(0);
  expect(filesOnDisk()).toEqual([]);
});

test('an open transaction beyond MILLRACE_CDC_SPOOL_BYTES_MAX stops the service with what to do; with a larger limit all arrives', async () => {
  cdc = await createCdcUnderTest('cdc_spoolfull');
  await smallWorkMemory();
  await cdc.database.query('create table t (id int primary key, v text)');
  const small = await cdc.start({
    MILLRACE_CDC_SPOOL_DIR: spoolDir,
    MILLRACE_CDC_SPOOL_BYTES_MAX: '1MiB',
  });
  await small.ready();
  const writer = await cdc.database.connect();
  await writer.query(`begin; ${fill(1, 20_000)}`);
  expect((await small.exited).code).toBe(1);
  const said = small.lines.join('\n');
  expect(said).toContain('cdc.spool-full');
  expect(said).toContain('1048576 are allowed');
  expect(said).toContain('Raise the limit, or set MILLRACE_CDC_PROTOCOL=1');
  await writer.query('commit');
  const large = await cdc.start({ MILLRACE_CDC_SPOOL_DIR: spoolDir });
  await large.ready();
  await cdc.caughtUp();
  expect(await ids()).toEqual(range(1, 20_000));
});

test('a large transaction that Kafka holds already and the server sends again still tells its tables to what comes behind it', async () => {
  cdc = await createCdcUnderTest('cdc_spoolagain');
  await smallWorkMemory();
  await cdc.database.query('create table t (id int primary key, v text)');
  await cdc.database.query('create table later (id int primary key)');
  const env = { MILLRACE_CDC_SPOOL_DIR: spoolDir };
  const first = await cdc.start(env);
  await first.ready();
  const slot = `millrace_${cdc.source}`;
  const copy = (from: string, to: string) =>
    cdc.database.query('select pg_copy_logical_replication_slot($1, $2)', [from, to]);
  await copy(slot, `${slot}_early`);
  await cdc.database.query(fill(1, 5000));
  await cdc.database.query('insert into later values (1)');
  await cdc.caughtUp();
  first.kill('SIGKILL');
  await first.exited;
  await cdc.database.query(fill(5001, 5001));
  // as if it had been killed before PostgreSQL was told
  await cdc.dropSlot(slot);
  await copy(`${slot}_early`, slot);
  await cdc.dropSlot(`${slot}_early`);
  await (await cdc.start(env)).ready();
  await cdc.caughtUp();
  expect(await ids()).toEqual(range(1, 5001));
});
