import { afterEach, expect, test } from 'vitest';
import { type CdcUnderTest, createCdcUnderTest } from './testing/cdc-under-test.ts';

let cdc: CdcUnderTest;
afterEach(() => cdc.close());

const PATIENCE = { timeout: 60_000, interval: 20 } as const;
const WRITTEN = 'millrace_cdc_written_records_total';
const ROWS = 60_000;

/** The last state of every row that the topic tells, by id. */
const folded = (changes: Awaited<ReturnType<CdcUnderTest['changes']>>) => {
  const rows = new Map<number, unknown>();
  for (const { key, value } of changes) {
    const id = Number(key?.['id']);
    if (value?.after === undefined || value.after === null) rows.delete(id);
    else rows.set(id, value.after['v']);
  }
  return rows;
};

test('killed in the middle of the snapshot while rows change, it goes on with what is left and ends exact', async () => {
  cdc = await createCdcUnderTest('cdc_cutoff');
  await cdc.database.query('create table t (id int primary key, v text)');
  await cdc.database.query(
    `insert into t select g, repeat('x', 100) || g from generate_series(1, ${ROWS}) g`,
  );
  const env = {
    MILLRACE_CDC_BATCH_BYTES_MAX: '65536',
    MILLRACE_CDC_SNAPSHOT_CHUNK_BYTES: '65536',
    MILLRACE_CDC_INCREMENTAL_CHUNK_ROWS: '2000',
  };
  const untouched = (id: number): boolean => id % 10 !== 0;
  for (let round = 0; round < 3; round++) {
    const before = (await cdc.changes('t').catch(() => [])).length;
    const service = await cdc.start(env);
    await expect
      .poll(async () => (await service.metric(WRITTEN).catch(() => 0)) ?? 0, PATIENCE)
      .toBeGreaterThan(5000);
    // moves rows into blocks that were read, and out of blocks that were not
    await cdc.database.query(`update t set v = 'round ${round} ' || id where id % 10 = 0`);
    await cdc.database.query(`delete from t where id = ${(round + 1) * 100}`);
    service.kill('SIGKILL');
    await service.exited;
    expect((await cdc.changes('t')).length).toBeGreaterThan(before);
  }
  const service = await cdc.start(env);
  await service.ready();
  await expect
    .poll(() => service.lines.some((line) => line.includes('table snapshot complete')), PATIENCE)
    .toBe(true);
  await cdc.caughtUp();

  const changes = await cdc.changes('t');
  const { rows } = await cdc.database.query('select id, v from t');
  expect(folded(changes)).toEqual(new Map(rows.map(({ id, v }) => [id, v])));
  const reads = changes
    .filter(({ value }) => value?.op === 'r')
    .map(({ key }) => Number(key?.['id']));
  const once = reads.filter(untouched);
  expect(once.length).toBe(new Set(once).size);
  expect(changes.some(({ value }) => value?.source['snapshot'] === 'incremental')).toBe(true);
});
