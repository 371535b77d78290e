/**
 * A restore that is killed (SIGKILL) at exact points, by servers that hold back a request or an answer of its: the same command
 * once more goes on, and what is there in the end is the backup, each record once.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Admin, createAdmin, createProducer } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import {
  type ClickHouseDatabase,
  createClickHouseDatabase,
  type HttpFaultProxy,
  type KafkaFaultProxy,
  kafkaApi,
  readCommitted,
  stackUnderTest,
  startHttpFaultProxy,
  startKafkaFaultProxy,
  uniqueName,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
const RECORDS = 2_500;
const prefix = uniqueName('cut');
const topics = [`dead.${prefix}.one`, `dead.${prefix}.two`];
const groups = [`${prefix}-a`, `${prefix}-b`];
const kafkaPart = ['--only', 'kafka'];
const tablesPart = ['--only', 'warehouse'];

let admin: Admin;
let database: ClickHouseDatabase;
let kafka: KafkaFaultProxy;
let clickhouse: HttpFaultProxy;
let directory: string;

const connection = () => ({
  ...{ brokers: stackUnderTest().kafkaBrokers.split(','), clientId: 'cut-off' },
  logger: silentLogger,
});

interface Said {
  readonly code: number | null;
  readonly said: string;
}

/** A command whose servers can be made to hold something back. */
const start = (...args: readonly string[]) => {
  const child = spawn(process.execPath, [main, ...args], {
    env: {
      ...process.env,
      MILLRACE_KAFKA_BROKERS: kafka.brokers.join(','),
      MILLRACE_REGISTRY_URL: stackUnderTest().registryUrl,
      MILLRACE_CLICKHOUSE_URL: clickhouse.url,
    },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      said += chunk;
    });
  const ended = once(child, 'close').then(
    ([code]): Said => ({ code: code as number | null, said }),
  );
  return { child, ended };
};
const millrace = (...args: readonly string[]): Promise<Said> => start(...args).ended;
const restore = (...args: readonly string[]): Promise<Said> =>
  millrace('restore', directory, ...args);

/** The restore until `isThere`, then no more of it. */
const killRestore = async (
  args: readonly string[],
  isThere: () => boolean | Promise<boolean>,
): Promise<void> => {
  const { child, ended } = start('restore', directory, ...args);
  await expect
    .poll(async () => (await isThere()) || child.exitCode !== null, { interval: 5 })
    .toBe(true);
  child.kill('SIGKILL');
  // Killed it has no code; with one it had ended before, and says why.
  const { code, said } = await ended;
  expect({ code, said: code === null ? '' : said }).toEqual({ code: null, said: '' });
};

const holds = async (topic: string): Promise<readonly number[]> =>
  (await admin.partitionOffsets(topic)).map(({ high }) => high);
/** Of a topic that may not be there yet. */
const heldOf = async (topic: string): Promise<number> =>
  (await admin.describeTopics([topic])).length === 0
    ? 0
    : (await holds(topic)).reduce((sum, high) => sum + high);
const valuesOf = async (topic: string): Promise<readonly string[]> => {
  const { kafkaBrokers } = stackUnderTest();
  const parts = [0, 1].map((partition) => readCommitted(kafkaBrokers, topic, { partition }));
  return (await Promise.all(parts)).flat().map(({ value }) => String(value));
};
const offsetsOf = async (group: string) =>
  (await admin.committedOffsets(group, topics)).map(({ topic, partition, offset }) => [
    ...[topic, partition, offset],
  ]);
const loseKafka = async (): Promise<void> => {
  await admin.deleteTopics(topics);
  for (const group of groups) await admin.deleteGroup(group);
  await expect.poll(() => admin.describeTopics(topics)).toEqual([]);
};

beforeAll(async () => {
  admin = createAdmin(connection());
  database = await createClickHouseDatabase('cut_off');
  kafka = await startKafkaFaultProxy(stackUnderTest().kafkaBrokers);
  clickhouse = await startHttpFaultProxy({ target: database.url });
  directory = join(await mkdtemp(join(tmpdir(), 'millrace-cut-off-')), prefix);
  await admin.createTopics(
    topics.map((name) => ({ name, partitions: 2, replicationFactor: 1, config: {} })),
  );
  const producer = createProducer(connection());
  for (const [index, topic] of topics.entries())
    for (const partition of [0, 1])
      await producer.send([
        {
          ...{ topic, partition },
          records: Array.from({ length: RECORDS }, (_, n) => ({
            key: Buffer.from(`${n}`),
            value: Buffer.from(`${index}/${partition}/${n}`),
          })),
        },
      ]);
  await producer.close();
  for (const group of groups)
    await admin.commitOffsets(
      group,
      topics.map((topic) => ({ topic, partition: 1, offset: 1_234, metadata: '' })),
    );
  for (const table of ['t', 'u']) {
    await database.query(`CREATE TABLE ${table} (a Int64) ENGINE = MergeTree ORDER BY a`);
    await database.query(`INSERT INTO ${table} SELECT number FROM numbers(1000)`);
  }
  await database.query('CREATE VIEW v AS SELECT sum(a) AS total FROM t');
  const chosen = ['--only', 'kafka', 'warehouse', '--topics', ...topics];
  expect(await millrace('backup', directory, ...chosen)).toMatchObject({ code: 0 });
});
afterAll(async () => {
  await kafka?.close();
  await clickhouse?.close();
  await admin?.deleteTopics(topics);
  for (const group of groups) await admin?.deleteGroup(group);
  await admin?.close();
  await database?.drop();
  await rm(join(directory, '..'), { recursive: true });
});

test('records and offsets: killed between batches, between topics and between groups, it goes on where it was', async () => {
  const before = await Promise.all(topics.map(valuesOf));
  const committed = await Promise.all(groups.map(offsetsOf));
  await loseKafka();

  // The broker has written the first batch, and nobody was told. One that is named as the leader and is none yet refuses it:
  // whoever is not told that does not send it again.
  let release = kafka.holdAnswers(kafkaApi.produce);
  const answers = () => kafka.requests(kafkaApi.produce).filter((one) => one.answered).length;
  let refused = answers();
  await killRestore(kafkaPart, async () => {
    const answered = answers();
    if ((await heldOf(topics[0]!)) > 0) return true;
    if (answered > refused) {
      refused = answered;
      release();
      release = kafka.holdAnswers(kafkaApi.produce);
    }
    return false;
  });
  release();
  expect(await holds(topics[0]!)).toEqual([1_000, 0]);

  // Batch by batch, until the third of the second topic is on its way: five that were left of the first have passed.
  const sent = kafka.requests(kafkaApi.produce).length;
  let passed = 0;
  let hold = kafka.hold(kafkaApi.produce);
  await killRestore(kafkaPart, () => {
    if (kafka.requests(kafkaApi.produce).length === sent + passed) return false;
    if (passed === 7) return true;
    passed += 1;
    hold();
    hold = kafka.hold(kafkaApi.produce);
    return false;
  });
  hold();
  expect(await heldOf(topics[0]!)).toBe(2 * RECORDS);
  expect(await heldOf(topics[1]!)).toBeGreaterThanOrEqual(2_000);
  expect(await heldOf(topics[1]!)).toBeLessThan(2 * RECORDS);

  // All records are there, and one group of two.
  release = kafka.holdAnswers(kafkaApi.offsetCommit);
  await killRestore(kafkaPart, async () => (await offsetsOf(groups[0]!)).length > 0);
  release();
  expect(await offsetsOf(groups[1]!)).toEqual([]);
  expect(await holds(topics[1]!)).toEqual([RECORDS, RECORDS]);

  const planned = await restore(...kafkaPart, '--dry-run');
  expect(planned).toMatchObject({ code: 0, said: expect.stringContaining('would go on') });
  expect(await restore(...kafkaPart)).toMatchObject({ code: 0 });
  expect(await Promise.all(topics.map(valuesOf))).toEqual(before);
  expect(await Promise.all(groups.map(offsetsOf))).toEqual(committed);

  // Done already: it changes nothing, and takes back no group that has gone on.
  const [topic = ''] = topics;
  await admin.commitOffsets(groups[0]!, [{ topic, partition: 1, offset: 2_000, metadata: '' }]);
  expect(await restore(...kafkaPart)).toMatchObject({ code: 0 });
  expect(await offsetsOf(groups[0]!)).toContainEqual([topic, 1, 2_000]);
  expect(await Promise.all(topics.map(valuesOf))).toEqual(before);
});

test('a topic into which somebody else wrote is none that a restore left', async () => {
  await loseKafka();
  const [topic = '', other = ''] = topics;
  await admin.createTopics(
    topics.map((name) => ({ name, partitions: 2, replicationFactor: 1, config: {} })),
  );
  const producer = createProducer(connection());
  const record = { key: Buffer.from('0'), value: Buffer.from('0/0/0') };
  await producer.send([{ topic, partition: 0, records: [record] }]);
  const foreign = { ...record, value: Buffer.from('foreign') };
  await producer.send([{ topic: other, partition: 0, records: [record, foreign] }]);
  await producer.close();
  const refused = await restore(...kafkaPart);
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.said).toContain(`topics hold records: ${other}`);
  expect(await holds(topic)).toEqual([1, 0]);
});

test('tables: killed before, during and after ClickHouse’s RESTORE, it begins them again, and never those that hold more', async () => {
  const isRestore = ({ statement }: { statement: string }) => statement.startsWith('RESTORE');
  const lose = async () => {
    for (const name of ['TABLE IF EXISTS t', 'TABLE IF EXISTS u', 'VIEW IF EXISTS v'])
      await database.query(`DROP ${name} SYNC`);
  };
  const counted = async () =>
    (
      await database.query<Record<string, string>>(
        'SELECT (SELECT count() FROM t) AS t, (SELECT count() FROM u) AS u, (SELECT total FROM v) AS v',
      )
    ).map(({ t, u, v }) => [Number(t), Number(u), Number(v)]);
  const whole = [[1_000, 1_000, 499_500]];
  const killed = async (kind: 'hold-request' | 'hold-answer') => {
    const rule = clickhouse.rule(isRestore, { kind });
    await killRestore(tablesPart, () =>
      kind === 'hold-request' ? rule.taken.length > 0 : rule.answered() > 0,
    );
    rule.release();
  };

  // The server has the statement, and nobody waits for it any more: it is done all the same, sooner or later.
  await lose();
  await killed('hold-request');
  expect(await restore(...tablesPart)).toMatchObject({ code: 0 });
  expect(await counted()).toEqual(whole);

  await lose();
  await killed('hold-answer');
  expect(await restore(...tablesPart)).toMatchObject({ code: 0 });
  expect(await counted()).toEqual(whole);

  // As a server leaves it that died over its work: one table whole, of the other a part.
  await lose();
  await killed('hold-answer');
  await database.query('TRUNCATE TABLE u SYNC');
  await database.query('INSERT INTO u SELECT number FROM numbers(10)');
  const planned = await restore(...tablesPart, '--dry-run');
  expect(planned).toMatchObject({ code: 0, said: expect.stringContaining('would begin again') });
  expect(await restore(...tablesPart)).toMatchObject({ code: 0 });
  expect(await counted()).toEqual(whole);

  // Once it is whole, what is there is nobody's leavings.
  expect(await restore(...tablesPart)).toMatchObject({
    ...{ code: 1, said: expect.stringContaining('tables hold rows: t, u') },
  });

  // And what has gone on since a restore was cut off is not taken for its leavings either.
  await lose();
  await killed('hold-answer');
  await database.query('INSERT INTO t SELECT number FROM numbers(10)');
  expect(await restore(...tablesPart)).toMatchObject({
    ...{ code: 1, said: expect.stringContaining('t holds 1010 rows, more than the backup') },
  });
  expect(await counted()).toMatchObject([[1_010, 1_000, expect.any(Number)]]);
});
