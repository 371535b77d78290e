/** What consumers order by: `source.sequence` names the commit before, also across a restart. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CdcUnderTest, createCdcUnderTest } from './testing/cdc-under-test.ts';

let cdc: CdcUnderTest;
beforeEach(async () => {
  cdc = await createCdcUnderTest('cdc_order');
  await cdc.database.query('create table t (id int primary key)');
});
afterEach(() => cdc.close());

/** Of each change in order: where the commit before its transaction ended, and its own place. */
const places = async (): Promise<readonly (readonly [bigint, bigint])[]> =>
  (await cdc.changes('t')).map(({ value }) => {
    const [before, own] = JSON.parse(String(value?.source['sequence'])) as [string | null, string];
    return [BigInt(before ?? -1), BigInt(own)];
  });

test('the first change after a restart still names a commit before it, and not an older one than before', async () => {
  const first = await cdc.start();
  await first.ready();
  for (const id of [1, 2]) await cdc.database.query('insert into t values ($1)', [id]);
  await cdc.caughtUp();
  first.kill('SIGKILL');
  await first.exited;
  await cdc.start();
  for (const id of [3, 4]) await cdc.database.query('insert into t values ($1)', [id]);
  await cdc.caughtUp();
  const all = await places();
  expect(all).toHaveLength(4);
  for (const [at, [before, own]] of all.entries()) {
    expect(before).toBeLessThanOrEqual(own);
    const [beforeIt, ownOfIt] = all[at - 1] ?? [0n, 0n];
    expect(before).toBeGreaterThan(beforeIt);
    expect(before).toBeGreaterThan(ownOfIt);
  }
});
