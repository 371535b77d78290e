import { readChangeLog, stackUnderTest, uniqueName } from '@millrace/testkit';
import { afterEach, expect, test } from 'vitest';
import { type CdcUnderTest, createCdcUnderTest } from '../testing/cdc-under-test.ts';

let cdc: CdcUnderTest;
let topic: string;
afterEach(() => cdc.close());

const PATIENCE = { timeout: 60_000, interval: 50 } as const;

interface Told {
  readonly id: string;
  readonly type: string;
  readonly aggregate_type: string;
  readonly additional_data: Readonly<Record<string, string>>;
  readonly timestamp: unknown;
}
const notifications = async (): Promise<readonly Told[]> =>
  (await readChangeLog(stackUnderTest(), topic)).map(({ key, value }) => {
    const told = value as unknown as Told;
    expect(key).toEqual({ id: told.id });
    expect(told.additional_data['connector_name']).toBe(`changes.${cdc.source}`);
    return told;
  });
/** `TYPE table rows/status`, of one kind or one signal. */
const lines = async (isMeant: (told: Told) => boolean) =>
  (await notifications()).filter(isMeant).map(({ additional_data: data, type }) => {
    const table =
      data['current_collection_in_progress'] ??
      data['scanned_collection'] ??
      data['data_collections'];
    const rest =
      data['status'] === undefined ? '' : ` ${data['total_rows_scanned']} ${data['status']}`;
    return `${type}${table === undefined ? '' : ` ${table.replaceAll('public.', '')}`}${rest}`;
  });
const initial = () => lines((told) => told.aggregate_type === 'Initial Snapshot');
const ofSignal = (id: string) => lines((told) => told.id === id);

const signal = (id: string, type: string, ...tables: readonly string[]) =>
  cdc.database.query(`select pg_logical_emit_message(true, $1, $2)`, [
    `millrace.signal.${cdc.source}`,
    JSON.stringify({
      id,
      type,
      data: { 'data-collections': tables.map((table) => `public.${table}`) },
    }),
  ]);

const setUp = async (name: string) => {
  cdc = await createCdcUnderTest(name);
  topic = uniqueName('notifications');
  await cdc.database.query(`
    create table a (id int primary key); insert into a select generate_series(1, 250);
    create table b (id int primary key); create table keyless (v text)`);
  return { MILLRACE_CDC_NOTIFICATION_TOPIC: topic, MILLRACE_CDC_INCREMENTAL_CHUNK_ROWS: '100' };
};

test('an initial snapshot tells its beginning, each table and its end, and a later start that there is none', async () => {
  const env = await setUp('cdc_notify');
  const service = await cdc.start(env);
  await service.ready();
  const told = await initial();
  expect([told[0], told.at(-1)]).toEqual(['STARTED', 'COMPLETED']);
  expect(told.slice(1, -1).sort()).toEqual([
    ...['IN_PROGRESS a', 'IN_PROGRESS b', 'IN_PROGRESS keyless'],
    ...['TABLE_SCAN_COMPLETED a 250 SUCCEEDED', 'TABLE_SCAN_COMPLETED b 0 SUCCEEDED'],
    'TABLE_SCAN_COMPLETED keyless 0 SUCCEEDED',
  ]);
  await service.stop();
  await (await cdc.start(env)).ready();
  expect((await initial()).slice(told.length)).toEqual(['SKIPPED']);
});

test('a snapshot by signal tells each step under the signal’s id, once, over a kill', async () => {
  const env = { ...(await setUp('cdc_notify_signal')), MILLRACE_CDC_SNAPSHOT_MODE: 'no_data' };
  const first = await cdc.start(env);
  await first.ready();
  expect(await initial()).toEqual(['SKIPPED']);
  await signal('one', 'execute-snapshot', 'a', 'b', 'nobody');
  await expect.poll(() => ofSignal('one'), PATIENCE).toContain('COMPLETED');
  expect(await ofSignal('one')).toEqual([
    ...['STARTED a,b,nobody', 'TABLE_SCAN_COMPLETED nobody 0 UNKNOWN_SCHEMA'],
    ...['IN_PROGRESS a', 'IN_PROGRESS a', 'TABLE_SCAN_COMPLETED a 250 SUCCEEDED'],
    ...['TABLE_SCAN_COMPLETED b 0 EMPTY', 'COMPLETED'],
  ]);
  const [, , progress] = (await notifications()).filter(({ id }) => id === 'one');
  expect(progress?.additional_data).toMatchObject({
    ...{ data_collections: 'public.a,public.b', last_processed_key: '100' },
  });

  await signal('pause', 'pause-snapshot');
  await signal('two', 'execute-snapshot', 'a', 'keyless');
  await signal('three', 'execute-snapshot', 'b');
  await cdc.caughtUp();
  first.kill('SIGKILL');
  await first.exited;
  await (await cdc.start(env)).ready();
  await signal('resume', 'resume-snapshot');
  for (const id of ['two', 'three'])
    await expect.poll(() => ofSignal(id), PATIENCE).toContain('COMPLETED');
  expect(await ofSignal('two')).toEqual([
    ...['STARTED a,keyless', 'RESUMED a,keyless', 'IN_PROGRESS a', 'IN_PROGRESS a'],
    ...['TABLE_SCAN_COMPLETED a 250 SUCCEEDED', 'TABLE_SCAN_COMPLETED keyless 0 NO_PRIMARY_KEY'],
    'COMPLETED',
  ]);
  expect(await ofSignal('three')).toEqual([
    ...['STARTED b', 'RESUMED b', 'TABLE_SCAN_COMPLETED b 0 EMPTY', 'COMPLETED'],
  ]);

  await signal('pause', 'pause-snapshot');
  await signal('four', 'execute-snapshot', 'a', 'b');
  await signal('resume', 'resume-snapshot');
  await signal('pause', 'pause-snapshot');
  await signal('stop', 'stop-snapshot', 'a');
  await signal('stop', 'stop-snapshot', 'b');
  await signal('resume', 'resume-snapshot');
  await cdc.caughtUp();
  const four = await ofSignal('four');
  expect(four.filter((line) => !line.startsWith('IN_PROGRESS'))).toEqual([
    ...['STARTED a,b', 'RESUMED a,b', 'PAUSED a,b', 'ABORTED a', 'ABORTED b'],
  ]);
});

test('an initial snapshot that was killed is complete when the rest is read beside the stream, and says so once', async () => {
  const env = {
    ...(await setUp('cdc_notify_killed')),
    ...{ MILLRACE_CDC_SNAPSHOT_CHUNK_BYTES: '8192', MILLRACE_CDC_SNAPSHOT_STREAMS: '1' },
    ...{ MILLRACE_CDC_BATCH_BYTES_MAX: '4096', MILLRACE_CDC_INCREMENTAL_CHUNK_ROWS: '1000' },
  };
  await cdc.database.query('insert into a select generate_series(251, 20000)');
  const first = await cdc.start(env);
  await expect
    .poll(() => first.metric('millrace_cdc_written_records_total'), { interval: 5 })
    .toBeGreaterThan(0);
  first.kill('SIGKILL');
  await first.exited;
  expect(await initial()).not.toContain('COMPLETED');
  await (await cdc.start(env)).ready();
  await expect.poll(initial, PATIENCE).toContain('COMPLETED');
  const told = await initial();
  for (const line of ['STARTED', 'TABLE_SCAN_COMPLETED a 20000 SUCCEEDED', 'COMPLETED'])
    expect(told.filter((one) => one === line)).toEqual([line]);
  expect(new Set((await cdc.changes('a')).map(({ key }) => key?.['id'])).size).toBe(20_000);
});
