/**
 * The real process killed, stopped and woken at exact points of a claim's life: requests and answers are held in
 * proxies that tell a commit from a heartbeat and an INSERT from a SELECT. One partition, so that the first commit
 * of an offset is the claim, and the second is the one behind the range.
 */
import { parsePosition } from '@millrace/contracts';
import { createAdmin, createTransactionalProducer, readPartition } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import {
  createFlightsWorld,
  evictMembers,
  type FlightsWorld,
  type HttpFaultProxy,
  type HttpRule,
  type KafkaFaultProxy,
  kafkaApi,
  type ServiceProcess,
  stackUnderTest,
  startHttpFaultProxy,
  startKafkaFaultProxy,
  startService,
} from '@millrace/testkit';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';

let world: FlightsWorld;
let kafka: KafkaFaultProxy;
let clickhouse: HttpFaultProxy;
const sinks: ServiceProcess[] = [];
const { kafkaBrokers } = stackUnderTest();
const connection = { brokers: kafkaBrokers.split(','), clientId: 'test', logger: silentLogger };
const admin = createAdmin(connection);

beforeEach(async () => {
  world = await createFlightsWorld(stackUnderTest(), { partitions: 1 });
  kafka = await startKafkaFaultProxy(kafkaBrokers);
  clickhouse = await startHttpFaultProxy({ target: world.database.url });
});
afterEach(async () => {
  for (const sink of sinks.splice(0)) {
    sink.kill('SIGCONT');
    sink.kill('SIGKILL');
    await sink.exited;
  }
  await kafka?.close();
  await clickhouse?.close();
  await world?.drop();
});

const RANGE = 50;

/** Behind both proxies, or straight to the servers. */
async function start(way: 'proxied' | 'straight', env: Readonly<Record<string, string>> = {}) {
  const proxied = {
    MILLRACE_KAFKA_BROKERS: kafka.brokers[0]!,
    MILLRACE_CLICKHOUSE_URL: clickhouse.url,
  };
  const sink = await startService('sink', {
    ...world.env,
    // Nothing here waits for its end: who is killed or asleep is evicted.
    MILLRACE_SINK_SESSION_TIMEOUT: '60s',
    ...(way === 'proxied' && proxied),
    ...env,
  });
  sinks.push(sink);
  return sink;
}

const evict = () => evictMembers(kafkaBrokers, world.group);

async function kill(sink: ServiceProcess): Promise<void> {
  sink.kill('SIGKILL');
  await sink.exited;
  await evict();
}

const commits = () => kafka.requests(kafkaApi.offsetCommit).length;
const until = <T>(ask: () => T | Promise<T>, timeout = 60_000) =>
  expect.poll(ask, { timeout, interval: 20 });
const rows = async () => (await world.landed()).rows;
const landing = (count: number) =>
  until(() => world.landed()).toEqual({ rows: count, positions: count, flights: count });
const committed = async () => {
  const [one] = await admin.committedOffsets(world.group, [world.contract.topic.name]);
  return one && { offset: one.offset, ...(parsePosition(one.metadata) as object) };
};
const isInsert = ({ statement }: { readonly statement: string }) =>
  statement.startsWith('INSERT INTO `');

/** Sets the window, which forgets what goes beyond it. */
async function remember(...windows: readonly number[]): Promise<void> {
  for (const window of windows) {
    await world.database.execute(
      `ALTER TABLE ${world.contract.warehouse.table} MODIFY SETTING non_replicated_deduplication_window = ${window}`,
    );
  }
}

/** A sink whose first insert has come this far, with the claim committed. */
async function stoppedAt(
  fault: 'hold-request' | 'hold-answer',
): Promise<[ServiceProcess, HttpRule]> {
  const rule = clickhouse.rule(isInsert, { kind: fault });
  const sink = await start('proxied');
  await world.send(0, RANGE);
  await until(() => (fault === 'hold-answer' ? rule.answered() : rule.taken.length)).toBe(1);
  return [sink, rule];
}

/** A sink killed when ClickHouse had acknowledged its insert and the commit behind it was on its way. */
async function killedBehindInsert(): Promise<void> {
  const [sink, rule] = await stoppedAt('hold-answer');
  const before = commits();
  kafka.hold(kafkaApi.offsetCommit);
  rule.release();
  await until(commits).toBe(before + 1);
  await kill(sink);
  expect(await rows()).toBe(RANGE);
  expect(await committed()).toMatchObject({ offset: 0, claim: { from: 0, to: RANGE - 1 } });
}

test('killed before its claim is committed, nothing was sent, and the next sink lands it all (F1)', async () => {
  const sink = await start('proxied');
  // where it begins is committed first (G156)
  await until(committed).toMatchObject({ offset: 0 });
  const [begun, before] = [await committed(), commits()];
  kafka.hold(kafkaApi.offsetCommit);
  await world.send(0, RANGE);
  await until(commits).toBe(before + 1);
  await kill(sink);
  expect([await rows(), await committed()]).toEqual([0, begun]);
  await start('straight');
  await landing(RANGE);
});

test('killed before its insert arrives, the claim is repeated, and the insert that comes late is dropped (F2)', async () => {
  const [sink, late] = await stoppedAt('hold-request');
  await kill(sink);
  expect(await rows()).toBe(0);
  await start('straight');
  await landing(RANGE);
  late.release();
  await until(() => late.answered()).toBe(1);
  await landing(RANGE);
});

test('killed between the insert and the commit behind it, the repeat adds nothing (F3)', async () => {
  await killedBehindInsert();
  await start('straight');
  await until(committed).toMatchObject({ offset: RANGE });
  await landing(RANGE);
});

test('a claim is repeated in its own size, whatever the next sink fetches and inserts at once (F6)', async () => {
  await killedBehindInsert();
  await world.send(RANGE, RANGE);
  await start('straight', {
    ...{ MILLRACE_SINK_INSERT_ROWS: '7', MILLRACE_SINK_FETCH_BYTES: '64KiB' },
    MILLRACE_SINK_FLUSH_AGE: '1ms',
  });
  await landing(2 * RANGE);
});

test('a table that took more inserts than it remembers while the sink was down is compared (F7)', async () => {
  await killedBehindInsert();
  await remember(0, 1);
  const sink = await start('straight');
  await until(committed).toMatchObject({ offset: RANGE });
  await landing(RANGE);
  const said = sink.lines.filter((line) => line.includes('forgets insert tokens sooner'));
  expect(said).toHaveLength(1);
});

test('a table that remembers no tokens is not inserted into until somebody corrects it (F16)', async () => {
  await remember(0);
  await world.send(0, RANGE);
  const sink = await start('straight');
  const readiness = async () => (await fetch(`${sink.adminUrl}/readyz`)).text().catch(() => '');
  await until(readiness).toContain('remembers no insert tokens');
  expect(await rows()).toBe(0);
  await remember(10_000);
  await landing(RANGE);
});

test('an owner that sleeps with an insert on the way, and wakes when another has landed it, changes nothing (F5)', async () => {
  const [sleeper, late] = await stoppedAt('hold-request');
  sleeper.kill('SIGSTOP');
  await evict();
  await start('straight');
  await landing(RANGE);
  late.release();
  await until(() => late.answered()).toBe(1);
  sleeper.kill('SIGCONT');
  await world.send(RANGE, RANGE);
  await landing(2 * RANGE);
});

test('an owner that sleeps between claim and insert until the token is forgotten asks the table first (F5)', async () => {
  // The heir is ready before, so that the sleeper's requests do not run out meanwhile.
  const heirKafka = await startKafkaFaultProxy(kafkaBrokers);
  onTestFinished(() => heirKafka.close());
  const letJoin = heirKafka.hold(kafkaApi.joinGroup);
  const heir = await start('straight', { MILLRACE_KAFKA_BROKERS: heirKafka.brokers[0]! });
  await until(() => heirKafka.requests(kafkaApi.joinGroup).length).toBeGreaterThan(0);
  const trustMs = 1_000;
  const sleeper = await start('proxied', { MILLRACE_SINK_TOKEN_TRUST: `${trustMs}ms` });
  await sleeper.ready();
  const releaseAnswers = kafka.holdAnswers(kafkaApi.offsetCommit);
  await world.send(0, RANGE);
  await until(committed).toMatchObject({ claim: { from: 0 } });
  const claimedMs = Date.now();
  // A heartbeat would tell it, before it does anything, that it was thrown out.
  const letBeat = kafka.hold(kafkaApi.heartbeat);
  sleeper.kill('SIGSTOP');
  await evict();
  letJoin();
  await landing(RANGE);
  await remember(0, 10_000);
  await kill(heir);
  await until(() => Date.now() - claimedMs).toBeGreaterThan(trustMs);
  const asked = clickhouse.seen.filter(({ statement }) =>
    statement.includes('groupUniqArray'),
  ).length;
  releaseAnswers();
  sleeper.kill('SIGCONT');
  // It finds the claim committed and old, compares, and only then learns that the group has gone on.
  await until(
    () => clickhouse.seen.filter(({ statement }) => statement.includes('groupUniqArray')).length,
  ).toBeGreaterThan(asked);
  letBeat();
  await world.send(RANGE, RANGE);
  await landing(2 * RANGE);
});

test('markers and aborted records within a claim are counted and not missed when it is repeated (F14)', async () => {
  const { name: topic } = world.contract.topic;
  const options = { transactionalId: world.group, transactionTimeoutMs: 30_000 };
  const producer = createTransactionalProducer(connection, options);
  const send = (from: number) =>
    producer.transaction(async (transaction) => {
      const records = Array.from({ length: 10 }, (_, index) => world.departure(from + index));
      await transaction.send([{ topic, partition: 0, records }]);
      if (from === 100) throw new Error('given up');
    });
  await send(0);
  await expect(send(100)).rejects.toThrow('given up');
  await send(10);
  await producer.close();
  const rule = clickhouse.rule(isInsert, { kind: 'hold-answer' });
  const sink = await start('proxied', { MILLRACE_SINK_FLUSH_AGE: '2s' });
  await until(() => rule.answered()).toBe(1);
  await kill(sink);
  rule.release();
  await start('straight');
  // 20 records, 10 aborted ones and three markers.
  await until(committed).toMatchObject({ offset: 33 });
  await landing(20);
});

test('of a claim that compaction has eaten into, what Kafka still has lands once (F14)', async () => {
  const { name: topic } = world.contract.topic;
  await admin.alterTopicConfig(topic, {
    ...{ 'cleanup.policy': 'compact', 'segment.ms': '100', 'max.compaction.lag.ms': '100' },
    'min.cleanable.dirty.ratio': '0.001',
  });
  const send = (count: number, keyOf: (index: number) => string) => {
    const records = Array.from({ length: count }, (_, index) => ({
      ...world.departure(index),
      key: Buffer.from(keyOf(index)),
    }));
    return world.producer.send([{ topic, partition: 0, records }]);
  };
  const left = async () => {
    const where = { topic, partition: 0, fromOffset: 0, isolation: 'read_committed' } as const;
    const offsets: number[] = [];
    for await (const { offset } of readPartition(connection, where)) offsets.push(offset);
    return offsets;
  };
  const rule = clickhouse.rule(isInsert, { kind: 'hold-request' });
  const sink = await start('proxied');
  await send(40, (index) => `k${index % 10}`);
  await until(() => rule.taken.length).toBe(1);
  expect(await committed()).toMatchObject({ claim: { from: 0, to: 39 } });
  await kill(sink);
  // Another segment, so that the first may be compacted: the last value of each key stays, for good, since
  // what comes later has a key of its own.
  await until(async () => {
    await send(1, () => 'later');
    return (await left()).filter((offset) => offset < 40).length;
  }, 100_000).toBeLessThan(11);
  await start('straight');
  const kept = (await left()).filter((offset) => offset < 40);
  await until(async () => (await committed())?.offset).toBeGreaterThan(40);
  const landed = await world.database.query<{ offset: number }>(
    `SELECT toUInt32(_offset) AS offset FROM ${world.contract.warehouse.table} WHERE _offset < 40 ORDER BY _offset`,
  );
  const offsets = landed.map(({ offset }) => offset);
  expect(offsets).toEqual(kept);
});

test('killed within the transaction of its dead letters, each of them is written once', async () => {
  const { name: topic } = world.contract.topic;
  const records = [world.departure(0), { key: null, value: Buffer.from('no avro') }];
  await world.producer.send([{ topic, partition: 0, records }]);
  kafka.hold(kafkaApi.txnOffsetCommit);
  const sink = await start('proxied');
  // The letter is on the broker already, in a transaction that nobody has ended.
  await until(() => kafka.requests(kafkaApi.txnOffsetCommit).length).toBe(1);
  await kill(sink);
  expect(await committed()).toMatchObject({ offset: 0, claim: { transactional: true } });
  await start('straight');
  await until(committed).toMatchObject({ offset: 2 });
  await landing(1);
  expect(await world.deadLetters()).toHaveLength(1);
});

test('a quiet partition’s single record is flushed by age and repeated as it was (F20)', async () => {
  const rule = clickhouse.rule(isInsert, { kind: 'hold-answer' });
  const sink = await start('proxied');
  await world.send(0, 1);
  await until(() => rule.answered()).toBe(1);
  await kill(sink);
  rule.release();
  await world.send(1, 5);
  // More records wait now, and the next sink would take them together.
  await start('straight', { MILLRACE_SINK_FLUSH_AGE: '500ms' });
  await landing(6);
});
