/** Mostly rows that cannot be encoded are an outage: the capture waits, its log is kept, and nothing is lost or given up. */
import { changeTopic, deadLetterHeaders, deadTopic } from '@millrace/contracts';
import { openFloodLog } from '@millrace/dead-letters';
import { silentLogger } from '@millrace/pipeline';
import { readCommitted, type ServiceProcess, stackUnderTest } from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CdcUnderTest, createCdcUnderTest } from '../testing/cdc-under-test.ts';

let cdc: CdcUnderTest;
let service: ServiceProcess;
beforeAll(async () => {
  cdc = await createCdcUnderTest('cdc_floods');
  await cdc.database.query('create table docs (id int primary key, doc text)');
  service = await cdc.start({ MILLRACE_CDC_RECORD_BYTES_MAX: '1024' });
  await service.ready();
});
afterAll(() => cdc.close());

const topic = () => changeTopic(cdc.source, 'public', 'docs');
const letters = async () => {
  const records = await readCommitted(stackUnderTest().kafkaBrokers, deadTopic('cdc'));
  return records.filter(({ headers }) => String(headers[deadLetterHeaders.topic]) === topic())
    .length;
};
const insert = (from: number, count: number, bytes: number) =>
  cdc.database.query(
    `insert into docs select n, repeat('x', ${bytes}) from generate_series(${from}, ${from + count - 1}) n`,
  );
const records = async () => (await cdc.changes('docs')).length;
const why = async () => (await fetch(`${service.adminUrl}/readyz`)).text();

test('rows over a limit that is too low wait; with it raised all of them are records and none a letter', async () => {
  await insert(1, 10, 10);
  await insert(1000, 150, 2000);
  await expect.poll(why).toContain('cdc.mostly-dead: 150 of 1');
  expect(await letters()).toBe(0);
  expect(await service.metric('millrace_cdc_flood_retries_total')).toBeGreaterThan(0);
  await cdc.stopAll();
  service = await cdc.start({ MILLRACE_CDC_RECORD_BYTES_MAX: '4096' });
  await expect.poll(records).toBe(160);
  expect(await letters()).toBe(0);
});

test('a single row over it leaves alone; many do once a person accepts it', async () => {
  await insert(2000, 1, 5000);
  await expect.poll(letters).toBe(1);
  await insert(3000, 400, 5000);
  await expect.poll(why).toContain('cdc.mostly-dead');
  expect(await letters()).toBe(1);
  const brokers = stackUnderTest().kafkaBrokers.split(',');
  const log = openFloodLog({ brokers, clientId: 'test', logger: silentLogger });
  await log.accept({
    ...{ service: 'cdc', topic: topic(), by: 'test', reason: 'a test' },
    ...{ atMs: Date.now(), untilMs: Date.now() + 600_000 },
  });
  await log.close();
  await expect.poll(letters).toBe(401);
  await insert(4000, 1, 10);
  await expect.poll(records).toBe(161);
  await expect.poll(why).not.toContain('mostly-dead');
});
