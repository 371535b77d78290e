/** The registry is away when a table's first change, or its new shape, needs it. */
import { type FaultProxy, stackUnderTest, startFaultProxy } from '@millrace/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CdcUnderTest, createCdcUnderTest } from './testing/cdc-under-test.ts';

const PATIENCE = { timeout: 60_000, interval: 50 } as const;

let cdc: CdcUnderTest;
let registry: FaultProxy;
beforeEach(async () => {
  cdc = await createCdcUnderTest('cdc_registry');
  registry = await startFaultProxy({ target: stackUnderTest().registryUrl });
});
afterEach(async () => {
  await cdc.close();
  await registry.close();
});

const walsender = async () => {
  const { rows } = await cdc.database.query(
    `select active_pid as pid, extract(epoch from reply_time)::float8 as "repliedAt",
            confirmed_flush_lsn::text as confirmed
     from pg_replication_slots join pg_stat_replication on pid = active_pid
     where database = current_database()`,
  );
  return rows[0];
};

test.each(['cut', 'stall'] as const)(
  'the registry fails by %s when a new shape comes: PostgreSQL stays connected, and all arrives after',
  async (fault) => {
    await cdc.database.query('create table t (id int primary key)');
    const service = await cdc.start({
      MILLRACE_REGISTRY_URL: registry.url,
      MILLRACE_CDC_SILENCE_TIMEOUT: '5s',
    });
    await service.ready();
    await cdc.database.query('insert into t values (1)');
    await cdc.caughtUp();
    const before = await walsender();

    registry[fault]();
    await cdc.database.query('alter table t add v text');
    await cdc.database.query("insert into t values (2, 'b'), (3, 'c')");
    await expect
      .poll(() => service.lines.some((line) => line.includes('an output is not there')), PATIENCE)
      .toBe(true);
    // answered for longer than the patience of the server
    await expect
      .poll(async () => (await walsender())?.repliedAt - before?.repliedAt, PATIENCE)
      .toBeGreaterThan(6);
    expect(await walsender()).toMatchObject({ pid: before?.pid });

    registry.restore();
    await service.ready();
    await cdc.caughtUp();
    expect((await cdc.changes('t')).map(({ value }) => value?.after?.['id'])).toEqual([1, 2, 3]);
    expect(await walsender()).toMatchObject({ pid: before?.pid });
    expect(await service.metric('millrace_cdc_session_retries_total')).toBe(0);
  },
);
