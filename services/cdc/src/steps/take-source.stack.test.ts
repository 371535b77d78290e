import { afterEach, expect, test } from 'vitest';
import { type CdcUnderTest, createCdcUnderTest } from '../testing/cdc-under-test.ts';

let cdc: CdcUnderTest;
afterEach(() => cdc.close());

test('a second instance waits, and takes over when the first is gone', async () => {
  cdc = await createCdcUnderTest('cdc_two');
  await cdc.database.query('create table t (id int primary key)');
  const first = await cdc.start();
  await first.ready();
  const second = await cdc.start();
  await expect
    .poll(() => second.lines.some((line) => line.includes('waiting for the source')), {
      timeout: 20_000,
    })
    .toBe(true);
  await cdc.database.query('insert into t values (1)');
  await cdc.caughtUp();
  expect((await first.stop()).code).toBe(0);
  await second.ready();
  await cdc.database.query('insert into t values (2)');
  await cdc.caughtUp();
  const ids = (await cdc.changes('t')).map(({ value }) => value?.after?.['id']);
  expect(ids).toEqual([1, 2]);
});
