/** What the slot's confirmed position promises, looked at from both sides: PostgreSQL's word and Kafka's topic. */
import { pace } from '@millrace/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CdcUnderTest, createCdcUnderTest } from './testing/cdc-under-test.ts';

const PATIENCE = { timeout: 60_000, interval: 10 } as const;
const ROUNDS = 3;

let cdc: CdcUnderTest;
beforeEach(async () => {
  cdc = await createCdcUnderTest('cdc_confirmed');
  await cdc.database.query('create table t (id int primary key)');
});
afterEach(() => cdc.close());

const confirmed = async (): Promise<bigint> => {
  const { rows } = await cdc.database.query(
    `select (confirmed_flush_lsn - '0/0')::text as lsn from pg_replication_slots
     where database = current_database()`,
  );
  return BigInt(rows[0].lsn);
};
const ids = async (): Promise<readonly number[]> =>
  (await cdc.changes('t')).map(({ key }) => Number(key?.['id']));

test('killed at any moment: what is confirmed is on Kafka, the position moves on while rows come, never back, and nothing comes twice', async () => {
  /** By id, where the log ended when its commit had returned. */
  const endOf: bigint[] = [];
  const client = await cdc.database.connect();
  let isOver = false;
  const writer = (async () => {
    while (!isOver) {
      const id = endOf.length;
      await client.query('insert into t values ($1)', [id]);
      const { rows } = await client.query(`select (pg_current_wal_lsn() - '0/0')::text as lsn`);
      endOf.push(BigInt(rows[0].lsn));
      await pace(5);
    }
  })();
  let last = 0n;
  for (let round = 0; round < ROUNDS; round++) {
    const service = await cdc.start();
    await service.ready();
    const seen = new Set<bigint>();
    await expect
      .poll(async () => {
        const now = await confirmed();
        expect(now).toBeGreaterThanOrEqual(last);
        last = now;
        return seen.add(now).size;
      }, PATIENCE)
      .toBeGreaterThan(8);
    service.kill('SIGKILL');
    await service.exited;
    // the server may still take what was on its way
    await expect
      .poll(async () => {
        const { rows } = await cdc.database.query(
          'select active from pg_replication_slots where database = current_database()',
        );
        return rows[0].active;
      }, PATIENCE)
      .toBe(false);
    last = await confirmed();
    const onKafka = new Set(await ids());
    const missing = endOf.flatMap((end, id) => (end <= last && !onKafka.has(id) ? [id] : []));
    expect(missing).toEqual([]);
  }
  isOver = true;
  await writer;
  await cdc.start();
  await cdc.caughtUp();
  expect(await ids()).toEqual(endOf.map((_, id) => id));
});
