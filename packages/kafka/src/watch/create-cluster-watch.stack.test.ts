/** What a watcher is told of a real broker: ends, groups of every kind, what they committed, and what stands at an offset. */
import { uniqueName } from '@millrace/testkit';
import { expect, it } from 'vitest';
import { createAdmin } from '../administer/create-admin.ts';
import type { Boundary, ClusterWatch, PartitionLayout } from '../cluster-watch.ts';
import {
  closedAfterTest,
  recordsOf,
  testConnection,
  testProxy,
  testTopic,
  write,
} from '../testing/test-kafka.ts';
import { startMember } from '../testing/test-member.ts';
import { createTransactionalProducer } from '../transactions/create-transactional-producer.ts';
import { createClusterWatch } from './create-cluster-watch.ts';

const admin = () => closedAfterTest(createAdmin(testConnection()));
const watching = (connection = testConnection()): ClusterWatch => {
  const watch = createClusterWatch(connection);
  closedAfterTest({ close: async () => watch.close() });
  return watch;
};
const transactional = () =>
  closedAfterTest(
    createTransactionalProducer(testConnection(), {
      ...{ transactionalId: uniqueName('tx'), transactionTimeoutMs: 60_000 },
    }),
  );

const offsetsOf = async (watch: ClusterWatch, boundary: Boundary, topic: string) => {
  const layout = await watch.layout();
  const column = new Float64Array(layout.partitions);
  await watch.boundaries(layout, boundary, column);
  const { first, partitions } = layout.topics.get(topic)!;
  return [...column.subarray(first, first + partitions)];
};

it('tells the ends of every partition of the cluster, those of open transactions apart', async () => {
  const [topic, other] = [await testTopic(3), await testTopic(1)];
  await write(topic, recordsOf(5), 1);
  await admin().deleteRecords([{ topic, partition: 1, offset: 2 }]);
  const watch = watching();
  await transactional().transaction(async (transaction) => {
    await transaction.send([{ topic, partition: 2, records: recordsOf(4) }]);
    expect(await offsetsOf(watch, 'low', topic)).toEqual([0, 2, 0]);
    expect(await offsetsOf(watch, 'high', topic)).toEqual([0, 5, 4]);
    expect(await offsetsOf(watch, 'stable', topic)).toEqual([0, 5, 0]);
    expect(await offsetsOf(watch, 'stable', other)).toEqual([0]);
  });
});

it('lays out the topics that it is asked for alone, those that are not there left out', async () => {
  const [topic, other] = [await testTopic(2), await testTopic(1)];
  await write(topic, recordsOf(4), 1);
  const watch = watching();
  const layout = await watch.layout([topic, uniqueName('nowhere')]);
  expect([...layout.topics.keys()]).toEqual([topic]);
  const column = new Float64Array(layout.partitions);
  expect(await watch.boundaries(layout, 'stable', column)).toEqual({ isStale: false });
  expect([...column]).toEqual([0, 4]);
  expect((await watch.layout()).topics.has(other)).toBe(true);
});

it('tells that its layout is old when a topic is gone, and of the others nonetheless', async () => {
  const [topic, other] = [await testTopic(1), await testTopic(1)];
  await write(other, recordsOf(2));
  const watch = watching();
  const layout = await watch.layout();
  await admin().deleteTopics([topic]);
  const column = new Float64Array(layout.partitions);
  expect(await watch.boundaries(layout, 'stable', column)).toEqual({ isStale: true });
  expect(column[layout.topics.get(topic)!.first]).toBeNaN();
  expect(column[layout.topics.get(other)!.first]).toBe(2);
});

/** Offsets by group and topic, of the groups that begin so. */
const committedOf = async (watch: ClusterWatch, prefix: string) => {
  const { groups, isWhole } = await watch.groups();
  expect(isWhole).toBe(true);
  const own = groups.filter(({ groupId }) => groupId.startsWith(prefix));
  const found: [string, string, number, number][] = [];
  const told = await watch.committed(own, (groupId, topic) => (partition, offset) => {
    found.push([groupId.slice(prefix.length), topic, partition, offset]);
  });
  expect(told).toEqual(new Set(own.map(({ groupId }) => groupId)));
  return { own, found: found.sort() };
};

it('tells of all groups: without members, with some, by transactions, and of more than one request holds', async () => {
  const topic = await testTopic(2);
  const prefix = uniqueName('watched-');
  const { commitOffsets } = admin();
  const many = Array.from({ length: 60 }, (_, n) => `${prefix}many${n}`);
  const offsets = [{ topic, partition: 1, offset: 3, metadata: 'claimed' }];
  await Promise.all(many.map((groupId) => commitOffsets(groupId, offsets)));
  const position = { topic, partition: 0, offset: 7, metadata: '' };
  await transactional().transaction((open) => open.sendOffsets(`${prefix}tx`, [position]));
  const member = startMember({ groupId: `${prefix}alive`, topics: [topic] });
  await expect.poll(() => member.owned.size).toBe(2);
  const watch = watching();
  const { own, found } = await committedOf(watch, prefix);
  expect(found).toEqual(
    [...many.map((id) => [id.slice(prefix.length), topic, 1, 3]), ['tx', topic, 0, 7]].sort(),
  );
  const states = Map.groupBy(own, ({ state }) => state);
  expect(states.get('Empty')).toHaveLength(61);
  expect(states.get('Stable')).toMatchObject([{ groupId: `${prefix}alive` }]);
  const members = await watch.members(own);
  expect(members.get(`${prefix}tx`)).toEqual([]);
  expect(members.get(`${prefix}alive`)).toMatchObject([
    { clientId: 'millrace-test', partitions: new Map([[topic, [0, 1]]]) },
  ]);
});

it('sees a transaction’s offsets only when it is committed, and does not wait for it', async () => {
  const topic = await testTopic(1);
  const prefix = uniqueName('watched-');
  await admin().commitOffsets(`${prefix}g`, [{ topic, partition: 0, offset: 1, metadata: '' }]);
  const watch = watching();
  await transactional().transaction(async (open) => {
    await open.sendOffsets(`${prefix}g`, [{ topic, partition: 0, offset: 2, metadata: '' }]);
    expect((await committedOf(watch, prefix)).found).toEqual([['g', topic, 0, 1]]);
  });
  await expect
    .poll(async () => (await committedOf(watch, prefix)).found)
    .toEqual([['g', topic, 0, 2]]);
});

it('knows markers and aborted records from records, and a record’s time', async () => {
  const topic = await testTopic(1);
  const producer = transactional();
  const record = (timestampMs: number) => ({ ...recordsOf(1)[0]!, timestampMs });
  const send = (timestampMs: number, fails = false) =>
    producer
      .transaction(async (open) => {
        await open.send([{ topic, partition: 0, records: [record(timestampMs)] }]);
        if (fails) throw new Error('aborted by the test');
      })
      .catch(() => undefined);
  // offsets: record, commit marker, aborted record, abort marker, record, marker
  await send(1_000);
  await send(2_000, true);
  await send(3_000);
  const watch = watching();
  await expect.poll(() => offsetsOf(watch, 'stable', topic)).toEqual([6]);
  const layout: PartitionLayout = await watch.layout();
  const at = (offset: number) => watch.sight(layout, topic, 0, offset);
  expect(await at(0)).toEqual({ kind: 'record', offset: 0, timestampMs: 1_000 });
  expect(await at(1)).toEqual({ kind: 'record', offset: 4, timestampMs: 3_000 });
  expect(await at(5)).toEqual({ kind: 'nothing', until: 6 });
  expect(await at(6)).toEqual({ kind: 'nothing', until: 6 });
  expect(await at(9)).toEqual({ kind: 'unknown' });
});

it('rejects when no broker answered, and the next call is answered', async () => {
  const proxy = await testProxy();
  const watch = watching(proxy.connection);
  const layout = await watch.layout();
  const column = new Float64Array(layout.partitions);
  const [LIST_OFFSETS, LIST_GROUPS] = [2, 16];
  proxy.loseAnswer(LIST_OFFSETS);
  await expect(watch.boundaries(layout, 'stable', column)).rejects.toMatchObject({
    ...{ code: 'kafka.unavailable', retryable: true },
  });
  proxy.loseAnswer(LIST_GROUPS);
  await expect(watch.groups()).rejects.toMatchObject({ code: 'kafka.unavailable' });
  expect(await watch.boundaries(layout, 'stable', column)).toEqual({ isStale: expect.anything() });
  expect((await watch.groups()).isWhole).toBe(true);
});
