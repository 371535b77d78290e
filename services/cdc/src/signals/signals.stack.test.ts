import { createAdmin, createProducer } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import { type ServiceProcess, stackUnderTest, uniqueName } from '@millrace/testkit';
import { afterEach, expect, test } from 'vitest';
import { type CdcUnderTest, createCdcUnderTest } from '../testing/cdc-under-test.ts';

let cdc: CdcUnderTest;
afterEach(() => cdc.close());

const PATIENCE = { timeout: 60_000, interval: 50 } as const;
const connection = () => ({
  brokers: stackUnderTest().kafkaBrokers.split(','),
  ...{ clientId: 'cdc-test', logger: silentLogger },
});
const reads = async (table: string): Promise<number> =>
  (await cdc.changes(table)).filter(({ value }) => value?.source['snapshot'] === 'incremental')
    .length;
const readSoFar = (table: string, count: number): Promise<void> =>
  expect.poll(() => reads(table), PATIENCE).toBe(count);
const told = (service: ServiceProcess, text: string): Promise<void> =>
  expect.poll(() => service.lines.some((line) => line.includes(text)), PATIENCE).toBe(true);
const execute = (table: string) => JSON.stringify({ 'data-collections': [`public.${table}`] });

const setUp = async (name: string): Promise<void> => {
  cdc = await createCdcUnderTest(name);
  await cdc.database.query(`
    create table t (id int primary key); insert into t select generate_series(1, 25);
    create table signals (id varchar(42) primary key, type varchar(32), data varchar(2048))`);
};
const env = {
  MILLRACE_CDC_SNAPSHOT_MODE: 'no_data',
  MILLRACE_CDC_SIGNAL_TABLE: 'public.signals',
};

test('a row of the signal table is obeyed once, over kills, and the table is on no topic', async () => {
  await setUp('cdc_signal_table');
  await cdc.database.query(`insert into signals values ('before', 'execute-snapshot', $1)`, [
    execute('t'),
  ]);
  let service = await cdc.start({ ...env, MILLRACE_CDC_TRANSACTION_METADATA: 'true' });
  await service.ready();
  const signal = (id: string, type: string | null, data: string | null) =>
    cdc.database.query('insert into signals values ($1, $2, $3)', [id, type, data]);
  await signal('1', 'execute-snapshot', execute('t'));
  await readSoFar('t', 25);
  for (const bad of ['nonsense', null]) await signal(`bad ${bad}`, bad, null);
  await signal('not json', 'execute-snapshot', '{');
  await signal('x-open', 'snapshot-window-open', '{}');
  await signal('nobody', 'execute-snapshot', execute('signals'));
  const open = await cdc.database.connect();
  await open.query('begin');
  await open.query(`insert into signals values ('gone', 'execute-snapshot', $1)`, [execute('t')]);
  await open.query('rollback');
  await cdc.caughtUp();
  const metric = (outcome: string) =>
    service.metric(`millrace_cdc_signal_requests_total{channel="table",outcome="${outcome}"}`);
  expect([await metric('obeyed'), await metric('refused')]).toEqual([2, 3]);
  await told(service, 'a signal names no captured table');

  await signal('2', 'pause-snapshot', '');
  await signal('3', 'execute-snapshot', execute('t'));
  await cdc.caughtUp();
  service.kill('SIGKILL');
  await service.exited;
  service = await cdc.start(env);
  await service.ready();
  await cdc.caughtUp();
  expect(await reads('t')).toBe(25);
  await signal('4', 'resume-snapshot', '{"type":"INCREMENTAL"}');
  await readSoFar('t', 50);
  await cdc.database.query(`update signals set type = 'execute-snapshot'`);
  await cdc.database.query('delete from signals');
  await cdc.caughtUp();
  expect(await reads('t')).toBe(50);
  const admin = createAdmin(connection());
  const topics = (await admin.listTopics()).filter((topic) => topic.includes(cdc.source));
  await admin.close();
  expect(topics.filter((topic) => topic.includes('signals'))).toEqual([]);
});

test('a record of the signal topic is obeyed once, over kills and while nobody ran; other keys are another’s', async () => {
  await setUp('cdc_signal_topic');
  const topic = uniqueName('signals');
  const producer = createProducer(connection());
  const send = (key: string | null, value: string) =>
    producer.send([
      {
        topic,
        partition: 0,
        records: [{ key: key === null ? null : Buffer.from(key), value: Buffer.from(value) }],
      },
    ]);
  const ours = () => `changes.${cdc.source}`;
  const snapshotOf = (table: string) =>
    `{"id":"k","type":"execute-snapshot","data":${execute(table)}}`;
  const settings = { ...env, MILLRACE_CDC_SIGNAL_TOPIC: topic };
  const obeyed = 'millrace_cdc_signal_requests_total{channel="topic",outcome="obeyed"}';

  let service = await cdc.start(settings);
  await service.ready();
  await told(service, 'signals are read from here on');
  await send('changes.other', snapshotOf('t'));
  await send(null, snapshotOf('t'));
  await send(ours(), 'no json');
  await send(ours(), snapshotOf('t'));
  await readSoFar('t', 25);
  await expect
    .poll(
      () => service.metric('millrace_cdc_signal_requests_total{channel="topic",outcome="refused"}'),
      PATIENCE,
    )
    .toBe(1);
  service.kill('SIGKILL');
  await service.exited;
  await send(ours(), snapshotOf('t'));

  service = await cdc.start(settings);
  await service.ready();
  await readSoFar('t', 50);
  expect(await service.metric(obeyed)).toBe(1);
  service.kill('SIGKILL');
  await service.exited;
  service = await cdc.start(settings);
  await service.ready();
  await send(ours(), '{"type":"log","data":{"message":"over"}}');
  await expect.poll(() => service.metric(obeyed), PATIENCE).toBe(1);
  await cdc.caughtUp();
  expect(await reads('t')).toBe(50);
  await producer.close();
});
