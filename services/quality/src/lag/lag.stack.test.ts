/**
 * Groups as the service tells of them, each state made by real groups on a real broker: the platform's sink, members that hang,
 * others' groups without members. A window is two seconds here, so that a state needs seconds to show.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  type Admin,
  createAdmin,
  createGroupConsumer,
  createTransactionalProducer,
} from '@millrace/kafka';
import type { FlowMap, GroupLag, LagHistory, LagReport } from '@millrace/operations';
import { silentLogger } from '@millrace/pipeline';
import {
  createFlightsWorld,
  evictMembers,
  type FlightsWorld,
  type ServiceProcess,
  stackUnderTest,
  startService,
  uniqueName,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';

let world: FlightsWorld;
let quality: ServiceProcess;
let admin: Admin;
let old: { readonly topic: string; readonly group: string };
const prefix = uniqueName('lag-');
const connection = () => ({
  ...{ brokers: stackUnderTest().kafkaBrokers.split(','), clientId: 'lag', logger: silentLogger },
});

const topicOf = async (partitions = 1): Promise<string> => {
  const name = uniqueName(prefix);
  await admin.createTopics([{ name, partitions, replicationFactor: 1, config: {} }]);
  return name;
};
const send = (topic: string, count: number, timestampMs?: number, partition = 0) =>
  world.producer.send([
    {
      ...{ topic, partition },
      records: Array.from({ length: count }, (_, n) => ({
        ...{ key: null, value: Buffer.from(`record ${n}`) },
        ...(timestampMs !== undefined && { timestampMs }),
      })),
    },
  ]);
/** As a group without members, or another program, commits. */
const commit = (groupId: string, topic: string, offset: number) =>
  admin.commitOffsets(groupId, [{ topic, partition: 0, offset, metadata: '' }]);

const get = async <T>(path: string): Promise<T> => {
  const response = await fetch(`${quality.url}/api/v1${path}`);
  return (await response.json()) as T;
};
const lagOf = async (group: string): Promise<GroupLag | undefined> =>
  (await get<Partial<LagReport>>(`/lag?group=${group}`)).groups?.[0];
/** Waits for it; what it then was. */
const until = async (group: string, expected: object): Promise<GroupLag> => {
  await expect.poll(() => lagOf(group)).toMatchObject(expected);
  return (await lagOf(group))!;
};

/** A member that commits the offset it was given at the begin, for ever, and never goes on. */
const hang = async (groupId: string, topic: string): Promise<void> => {
  const consumer = createGroupConsumer(connection(), { groupId, topics: [topic] });
  let timer: NodeJS.Timeout | undefined;
  const running = consumer.run({
    assigned: async ({ term }) => {
      const again = { topic, partition: 0, offset: 1, metadata: '' };
      timer = setInterval(() => void consumer.commit(term, [again]).catch(() => undefined), 100);
    },
    revoked: () => clearInterval(timer),
    batch: () => undefined,
  });
  onTestFinished(async () => {
    clearInterval(timer);
    await consumer.close();
    await running;
  });
};

beforeAll(async () => {
  world = await createFlightsWorld(stackUnderTest(), { partitions: 2 });
  admin = createAdmin(connection());
  old = { topic: await topicOf(), group: `${prefix}old` };
  await send(old.topic, 3, Date.now() - 3_600_000);
  await commit(old.group, old.topic, 1);
  quality = await startService('quality', {
    ...world.env,
    MILLRACE_QUALITY_LAG_INTERVAL: '200ms',
    MILLRACE_QUALITY_LAG_WINDOW: '2s',
    MILLRACE_QUALITY_LAG_CPU: '1000',
    MILLRACE_QUALITY_LAG_READS: '100',
  });
  await quality.ready();
});
afterAll(async () => {
  await quality?.stop();
  const own = (await admin.listTopics()).filter((name) => name.startsWith(prefix));
  await admin.deleteTopics(own);
  await admin.close();
  await world?.drop();
});

test('a sink that lands is ok and known by name; killed it is stopped when its session has ended', async () => {
  const topic = world.contract.topic.name;
  const sink = await startService('sink', world.env);
  onTestFinished(async () => void (await sink.stop()));
  await sink.ready();
  await world.send(0, 1000);
  const landed = await until(world.group, { state: 'ok', records: 0, seconds: 0, members: 1 });
  expect(landed).toMatchObject({ service: 'sink', condition: 'ok' });
  expect(landed.topics).toContain(topic);
  await expect.poll(async () => (await lagOf(world.group))?.partitions.length).toBe(4);
  // what a group has not committed anything of is not counted: of both partitions it must have
  const done = async () =>
    (await lagOf(world.group))?.partitions
      .filter((partition) => partition.topic === topic)
      .map(({ committed }) => committed);
  await expect.poll(done).toEqual([500, 500]);
  sink.kill('SIGKILL');
  await sink.exited;
  await evictMembers(stackUnderTest().kafkaBrokers, world.group);
  await world.send(1000, 1000);
  const stopped = await until(world.group, { state: 'stopped', members: 0 });
  expect(stopped).toMatchObject({ records: 1000, condition: 'bad' });
  expect(stopped.seconds).toBeGreaterThan(0);
});

test('the flow map has the way from the topic through the sink into its table, and dead letters beside it', async () => {
  const topic = `topic:${world.contract.topic.name}`;
  const edgeOf = async (from: string, to: string) =>
    (await get<FlowMap>('/flow')).edges.find((edge) => edge.from === from && edge.to === to);
  await expect
    .poll(() => edgeOf(topic, 'service:sink'))
    .toMatchObject({ lagRecords: 1000, condition: 'bad' });
  const table = `table:${world.contract.warehouse.view}`;
  expect(await edgeOf('service:sink', table)).toMatchObject({ condition: 'bad' });
  expect(await edgeOf('service:ingest', topic)).toMatchObject({ perSecond: expect.any(Number) });
});

test('a member that commits the same offset for ever is stalled', async () => {
  const topic = await topicOf();
  const group = `${prefix}poison`;
  await send(topic, 5);
  await hang(group, topic);
  const stalled = await until(group, { state: 'stalled', records: 4, condition: 'bad' });
  expect(stalled).toMatchObject({ service: null, members: 1, clearSeconds: null });
  expect(stalled.partitions).toMatchObject(
    [{ topic, partition: 0, committed: 1, end: 5, state: 'stalled', member: /^lag-/ }].map(
      (one) => ({ ...one, member: expect.stringMatching(one.member) }),
    ),
  );
});

test('a group that goes back is rewound, then stopped; deleted it is gone', async () => {
  const topic = await topicOf();
  const group = `${prefix}back`;
  await send(topic, 100);
  await commit(group, topic, 50);
  await until(group, { records: 50 });
  await commit(group, topic, 100);
  await until(group, { records: 0, state: 'empty' });
  // back and forth until it was looked at in between: the state passes with the window
  let turn = 0;
  const goBack = async () => {
    turn += 1;
    await commit(group, topic, turn % 2 === 0 ? 100 : 10);
    return lagOf(group);
  };
  await expect.poll(goBack).toMatchObject({ records: 90, state: 'rewound', condition: 'warn' });
  await commit(group, topic, 10);
  await until(group, { records: 90, state: 'stopped' });
  await admin.deleteGroup(group);
  await expect
    .poll(() => get<{ code: string }>(`/lag?group=${group}`))
    .toMatchObject({ code: 'operations.unknown' });
});

test('of a deleted topic nothing is told, and the group’s other topic stays', async () => {
  const [topic, other] = [await topicOf(), await topicOf()];
  const group = `${prefix}two-topics`;
  await send(topic, 2);
  await commit(group, topic, 1);
  await commit(group, other, 0);
  await until(group, { topics: [topic, other].sort(), records: 1 });
  await admin.deleteTopics([topic]);
  await until(group, { topics: [other], records: 0 });
});

test('markers of transactions are not records to be done', async () => {
  const topic = await topicOf();
  const group = `${prefix}markers`;
  const producer = createTransactionalProducer(connection(), {
    ...{ transactionalId: uniqueName('tx'), transactionTimeoutMs: 60_000 },
  });
  const records = [{ key: null, value: Buffer.from('a') }];
  for (let n = 0; n < 2; n += 1)
    await producer.transaction((open) => open.send([{ topic, partition: 0, records }]));
  await producer.close();
  // record, marker, record, marker: behind the last record, as most clients commit
  await commit(group, topic, 3);
  await until(group, { records: 0, seconds: 0, partitions: [{ committed: 3, end: 4 }] });
  await commit(group, topic, 1);
  await until(group, { records: 2, partitions: [{ committed: 1, records: 2 }] });
});

test('what was written before the service began has the age that its record says', async () => {
  await expect.poll(async () => (await lagOf(old.group))?.seconds).toBeGreaterThan(3599);
  // nobody has seen it alive
  await until(old.group, { records: 2, state: 'empty', condition: 'ok' });
});

test('history is kept and comes back by group and by topic', async () => {
  const path = `/lag/history?group=${old.group}&hours=1`;
  const lengthOf = async (query = '') =>
    (await get<LagHistory>(`${path}${query}`)).records?.values.length;
  await expect.poll(() => lengthOf()).toBeGreaterThan(0);
  expect((await get<LagHistory>(path)).records.values[0]).toBe(2);
  expect(await lengthOf(`&topic=${old.topic}`)).toBeGreaterThan(0);
  expect(await lengthOf('&topic=none')).toBe(0);
  expect(await get('/lag/history?hours=1')).toMatchObject({ code: 'operations.request-invalid' });
  expect(await get(`${path}0000`)).toMatchObject({ status: 400 });
});

test('the terminal shows the same, and its exit code says whether something is bad', async () => {
  const bin = fileURLToPath(new URL('../../../../packages/cli/bin/millrace.mjs', import.meta.url));
  const env = { ...process.env, MILLRACE_QUALITY_URL: quality.url };
  const millrace = (group: string) =>
    promisify(execFile)(process.execPath, [bin, 'lag', group, '--json'], { env }).then(
      ({ stdout }) => ({ code: 0, stdout }),
      ({ code, stdout }: { code: number; stdout: string }) => ({ code, stdout }),
    );
  const { code, stdout } = await millrace(old.group);
  expect(code).toBe(0);
  expect((JSON.parse(stdout) as LagReport).groups).toMatchObject([
    { group: old.group, records: 2 },
  ]);
  expect(await millrace(world.group)).toMatchObject({ code: 1 });
});

test('metrics have a series for each group and topic', async () => {
  const labels = `group="${old.group}",topic="${old.topic}"`;
  await expect.poll(() => quality.metric(`millrace_quality_group_lag_records{${labels}}`)).toBe(2);
  expect(
    await quality.metric(`millrace_quality_group_state{group="${old.group}",state="empty"}`),
  ).toBe(1);
});
