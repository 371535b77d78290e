import { changeTopicPrefix, deadLetterHeaders, deadTopic } from '@millrace/contracts';
import { readChangeLog, readCommitted, stackUnderTest } from '@millrace/testkit';
import { afterEach, expect, test } from 'vitest';
import { type CdcUnderTest, createCdcUnderTest } from '../testing/cdc-under-test.ts';

let cdc: CdcUnderTest;
afterEach(() => cdc.close());

const PATIENCE = { timeout: 60_000, interval: 5 } as const;
const WRITTEN = 'millrace_cdc_written_records_total';

interface Told {
  readonly op: string;
  readonly source: { readonly txId: bigint | null; readonly lsn: bigint; readonly table: string };
  readonly transaction: Readonly<Record<string, unknown>> | null;
  readonly message: { readonly prefix: string; readonly content: Buffer };
}
const topicOf = (name: string): string => `${changeTopicPrefix(cdc.source)}.${name}`;
const records = async (name = 'message') => readChangeLog(stackUnderTest(), topicOf(name));
const messages = async (): Promise<readonly Told[]> =>
  (await records()).map(({ value }) => value as unknown as Told);
const contents = async () =>
  (await messages()).map(({ message }) => `${message.prefix} ${message.content}`);
const say = (transactional: boolean, prefix: string, content: string) =>
  `select pg_logical_emit_message(${transactional}, '${prefix}', '${content}')`;
/** One outside a transaction lies in the log's buffer until something is committed. */
const caughtUp = async (): Promise<void> => {
  await cdc.database.query(say(true, 'millrace.test', ''));
  await cdc.caughtUp();
};

test('case 32: a message of a transaction comes in commit order with its id, or never; one outside comes whatever becomes of it', async () => {
  cdc = await createCdcUnderTest('cdc_messages');
  await cdc.database.query('create table t (id int primary key)');
  const service = await cdc.start({
    MILLRACE_CDC_TRANSACTION_METADATA: 'true',
    MILLRACE_CDC_MESSAGES_EXCLUDE: 'noise.*',
    MILLRACE_CDC_RECORD_BYTES_MAX: '10000',
  });
  await service.ready();
  const open = await cdc.database.connect();
  await open.query(`begin; insert into t values (1); ${say(true, 'app', 'late')}`);
  await cdc.database.query(`${say(true, 'app', 'early')}`);
  await open.query(`insert into t values (2); ${say(false, 'app', 'beside')}; commit`);
  await open.query(
    `begin; ${say(true, 'app', 'never')}; ${say(false, 'app', 'all the same')}; rollback`,
  );
  await cdc.database.query(`${say(true, 'noise.a', 'x')}; ${say(true, 'millrace.x', 'x')}`);
  await cdc.database.query(`select pg_logical_emit_message(false, 'bytes', '\\x00ff10'::bytea)`);
  await cdc.database.query(
    `select pg_logical_emit_message(true, 'large', repeat('x', 20000)); ${say(true, '', '')}`,
  );
  await caughtUp();
  const found = await messages();
  const texts = found.map(
    ({ message }) => `${message.prefix} ${message.content.toString('latin1')}`,
  );
  expect(texts).toEqual([
    ...['app early', 'app beside', 'app late', 'app all the same', 'bytes \x00\xff\x10', ' '],
  ]);
  expect((await records()).map(({ key }) => key?.['prefix'])).toEqual([
    ...['app', 'app', 'app', 'app', 'bytes', ''],
  ]);
  const late = found[2];
  expect(found.map(({ op, source }) => [op, source.table, source.txId !== null])).toEqual(
    [true, false, true, false, false, true].map((inTransaction) => ['m', '', inTransaction]),
  );
  expect(late?.transaction).toMatchObject({ total_order: 2, data_collection_order: 1 });
  expect(found[1]?.transaction).toBeNull();
  const rows = await cdc.changes('t');
  expect(rows.map(({ value }) => value?.source['txId'])).toEqual([
    late?.source.txId,
    late?.source.txId,
  ]);
  const ends = (await records('transaction'))
    .map(({ value }) => value as unknown as Record<string, unknown>)
    .filter((one) => one['status'] === 'END' && one['id'] === late?.transaction?.['id']);
  expect(ends).toMatchObject([
    {
      event_count: 3,
      data_collections: [
        { data_collection: 'public.t', event_count: 2 },
        { data_collection: 'message', event_count: 1 },
      ],
    },
  ]);
  expect(await tooLarge()).toEqual(['x'.repeat(20_000)]);
});

const tooLarge = async (): Promise<readonly string[]> => {
  const letters = await readCommitted(stackUnderTest().kafkaBrokers, deadTopic('cdc'));
  return letters
    .filter(({ headers }) => String(headers[deadLetterHeaders.topic]) === topicOf('message'))
    .map(({ value }) => String(value));
};

test('each message is there once, in order, in a transaction or not, when the service is killed again and again', async () => {
  cdc = await createCdcUnderTest('cdc_messages_killed');
  await cdc.database.query('create table t (id int primary key)');
  const env = { MILLRACE_CDC_BATCH_RECORDS_MAX: '7' };
  let count = 0;
  for (let round = 0; round < 4; round++) {
    const service = await cdc.start(env);
    await service.ready();
    for (let i = 0; i < 60; i++, count++) {
      // the commit record often lies right behind the message
      await cdc.database.query(`begin; insert into t values (${2 * count}); ${say(false, 'out', `${count}`)}; commit;
        begin; ${say(true, 'in', `${count}`)}; insert into t values (${2 * count + 1}); commit`);
    }
    const before = 60 * round;
    await expect
      .poll(async () => (await service.metric(WRITTEN)) ?? 0, PATIENCE)
      .toBeGreaterThan(Math.min(before, 20));
    service.kill('SIGKILL');
    await service.exited;
  }
  await (await cdc.start(env)).ready();
  await caughtUp();
  const wanted = Array.from({ length: count }, (_, i) => [`out ${i}`, `in ${i}`]).flat();
  expect(await contents()).toEqual(wanted);
  expect((await cdc.changes('t')).map(({ key }) => key?.['id'])).toEqual(
    Array.from({ length: 2 * count }, (_, i) => i),
  );
});

test('messages of a transaction that is sent while it is open come with its commit, those of a part rolled back never', async () => {
  cdc = await createCdcUnderTest('cdc_messages_open');
  await cdc.database.query(
    `alter database "${cdc.database.name}" set logical_decoding_work_mem = '64kB'`,
  );
  await cdc.database.query('create table t (id int primary key, v text)');
  const first = await cdc.start({ MILLRACE_CDC_BATCH_RECORDS_MAX: '50' });
  await first.ready();
  const many = (prefix: string) =>
    `select pg_logical_emit_message(true, '${prefix}', g || repeat('x', 300)) from generate_series(1, 600) g`;
  const open = await cdc.database.connect();
  await open.query(`begin; ${many('kept')}; savepoint a; ${many('gone')}`);
  await expect
    .poll(async () => (await first.metric('millrace_cdc_spooled_bytes')) ?? 0, PATIENCE)
    .toBeGreaterThan(0);
  await cdc.database.query(say(false, 'between', ''));
  await open.query(`rollback to a; insert into t values (1, 'x'); ${many('also')}; commit`);
  await expect.poll(async () => (await first.metric(WRITTEN)) ?? 0, PATIENCE).toBeGreaterThan(100);
  first.kill('SIGKILL');
  await first.exited;
  await (await cdc.start()).ready();
  await caughtUp();
  const numbers = (prefix: string) => Array.from({ length: 600 }, (_, i) => `${prefix} ${i + 1}`);
  expect((await contents()).map((text) => text.replace(/x+$/, ''))).toEqual([
    ...['between ', ...numbers('kept'), ...numbers('also')],
  ]);
});

test('messages that PostgreSQL sends again, because it forgot or never heard the confirmation, are not there again', async () => {
  cdc = await createCdcUnderTest('cdc_messages_again');
  await cdc.database.query('create table t (id int primary key)');
  const first = await cdc.start();
  await first.ready();
  const slot = `millrace_${cdc.source}`;
  const copy = (from: string, to: string) =>
    cdc.database.query('select pg_copy_logical_replication_slot($1, $2)', [from, to]);
  await copy(slot, `${slot}_early`);
  await cdc.database.query(say(true, 'app', 'one'));
  for (const content of ['two', 'three']) await cdc.database.query(say(false, 'app', content));
  await cdc.database.query('create table flushes (id int)');
  const wanted = ['app one', 'app two', 'app three'];
  await expect.poll(contents, PATIENCE).toEqual(wanted);
  first.kill('SIGKILL');
  await first.exited;
  await cdc.dropSlot(slot);
  await copy(`${slot}_early`, slot);
  await cdc.dropSlot(`${slot}_early`);
  await (await cdc.start()).ready();
  await cdc.database.query(say(true, 'app', 'four'));
  await caughtUp();
  expect(await contents()).toEqual([...wanted, 'app four']);
});
