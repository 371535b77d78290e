import { kafkaApi as API, uniqueName } from '@millrace/testkit';
import { describe, expect, it, vi } from 'vitest';
import { createAdmin } from '../administer/create-admin.ts';
import { createProducer } from '../produce/create-producer.ts';
import {
  closedAfterTest,
  deleteRecords,
  recordOf,
  recordsOf,
  testConnection,
  testProxy,
  testTopic,
  write,
} from '../testing/test-kafka.ts';
import { startMember, type TestMember } from '../testing/test-member.ts';
import { createTransactionalProducer } from '../transactions/create-transactional-producer.ts';

const waitFor = <T>(condition: () => T | Promise<T>) =>
  vi.waitFor(condition, { timeout: 60_000, interval: 10 });

const values = (records: readonly { readonly value: Buffer | null }[]) =>
  records.map((record) => String(record.value));

describe('a member of a consumer group', () => {
  it('begins at the start of the log, and after a commit goes on from there (T5)', async () => {
    const topic = await testTopic();
    const options = { groupId: uniqueName('group'), topics: [topic] };
    const records = recordsOf(10);
    await write(topic, records);
    const first = startMember(options);
    await waitFor(() => expect(first.values()).toEqual(values(records)));
    await first.commit(first.term(), [{ topic, partition: 0, offset: 6, metadata: 'claim' }]);
    await first.close();
    await first.running;
    const second = startMember(options);
    await waitFor(() => expect(second.values()).toEqual(values(records.slice(6))));
    expect(second.assignments[0]!.partitions).toEqual([
      {
        topic,
        partition: 0,
        topicId: expect.stringMatching(/^[\w-]{22}$/),
        logStartOffset: 0,
        startOffset: 6,
        committed: { offset: 6, metadata: 'claim' },
      },
    ]);
  });

  it('commits nothing by itself (T5)', async () => {
    const topic = await testTopic();
    const options = { groupId: uniqueName('group'), topics: [topic] };
    await write(topic, recordsOf(5));
    const member = startMember(options);
    await waitFor(() => expect(member.values()).toHaveLength(5));
    await member.close();
    const admin = closedAfterTest(createAdmin(testConnection()));
    expect(await admin.committedOffsets(options.groupId, [topic])).toEqual([]);
  });

  it('stops loudly, and commits nothing, when unread records are gone (T5)', async () => {
    const topic = await testTopic();
    const options = { groupId: uniqueName('group'), topics: [topic] };
    await write(topic, recordsOf(10));
    const first = startMember(options);
    await waitFor(() => expect(first.values()).toHaveLength(10));
    await first.commit(first.term(), [{ topic, partition: 0, offset: 3 }]);
    await first.close();
    await deleteRecords(topic, 8);
    const second = startMember(options);
    await expect(second.running).rejects.toMatchObject({ code: 'kafka.offset-out-of-range' });
    expect(second.assignments[0]!.partitions[0]).toMatchObject({
      startOffset: 3,
      logStartOffset: 8,
    });
    expect(second.values()).toEqual([]);
    const admin = closedAfterTest(createAdmin(testConnection()));
    expect(await admin.committedOffsets(options.groupId, [topic])).toMatchObject([{ offset: 3 }]);
  });

  it('keeps its place while a handler works on an assignment (T6)', async () => {
    const topic = await testTopic();
    const proxy = await testProxy();
    const working = Promise.withResolvers<undefined>();
    const member = startMember(
      { groupId: uniqueName('group'), topics: [topic] },
      { assigned: () => working.promise },
      proxy.connection,
    );
    await waitFor(() => expect(proxy.requests(API.heartbeat).length).toBeGreaterThan(2));
    expect(proxy.requests(API.joinGroup)).toHaveLength(2); // with and without a member id
    working.resolve(undefined);
    await write(topic, recordsOf(1));
    await waitFor(() => expect(member.values()).toHaveLength(1));
    expect(member.assignments).toHaveLength(1);
  });

  it('shares partitions with a second member, and nothing revoked reaches a handler or a commit (T7, T16)', async () => {
    const topic = await testTopic(4);
    const options = { groupId: uniqueName('group'), topics: [topic] };
    const stale: number[] = [];
    const first: TestMember = startMember(options, {
      batch: ({ partition }) => {
        if (!first.owned.has(partition)) stale.push(partition);
      },
    });
    const producer = closedAfterTest(createProducer(testConnection()));
    let sent = 0;
    const sendAll = async () => {
      const batches = [0, 1, 2, 3].map((partition) => ({
        topic,
        partition,
        records: [recordOf(`${partition}/${sent}`)],
      }));
      sent += 1;
      await producer.send(batches);
    };
    await waitFor(async () => {
      await sendAll();
      expect(first.values().length).toBeGreaterThan(8);
    });
    const term = first.term();
    const second = startMember(options);
    await waitFor(async () => {
      await sendAll();
      expect(second.values().length).toBeGreaterThan(8);
      expect(first.owned.size).toBe(2);
    });
    const [kept, given] = [[...first.owned], [...second.owned]];
    expect([...kept, ...given].sort()).toEqual([0, 1, 2, 3]);
    const seen = new Map(kept.map((partition) => [partition, first.values(partition).length]));
    await waitFor(async () => {
      await sendAll();
      for (const partition of kept) {
        expect(first.values(partition).length).toBeGreaterThan(seen.get(partition)!);
      }
    });
    expect(stale).toEqual([]);
    // What is kept goes on: each record once. Nothing was committed, so the new owner begins at the start.
    for (const [member, partitions] of [[first, kept] as const, [second, given] as const]) {
      for (const partition of partitions) {
        const values = member.values(partition);
        expect(values).toEqual(Array.from(values, (_, n) => `${partition}/${n}`));
      }
    }
    const commit = (under: number, partition: number) =>
      first.commit(under, [{ topic, partition, offset: 5 }]);
    await commit(term, kept[0]!);
    // By ownership, and by a term in which the partition was not added.
    await expect(commit(term, given[0]!)).rejects.toMatchObject({ code: 'kafka.fenced' });
    await expect(commit(first.term(), kept[1]!)).rejects.toMatchObject({ code: 'kafka.fenced' });
    const admin = closedAfterTest(createAdmin(testConnection()));
    expect(await admin.committedOffsets(options.groupId, [topic])).toMatchObject([
      { partition: kept[0], offset: 5 },
    ]);
  });

  it('delivers nothing before the assignment is worked through, then from where it says (T8)', async () => {
    const topic = await testTopic();
    const records = recordsOf(10);
    await write(topic, records);
    const working = Promise.withResolvers<ReadonlyMap<string, number>>();
    const proxy = await testProxy();
    const member = startMember(
      { groupId: uniqueName('group'), topics: [topic] },
      { assigned: () => working.promise },
      proxy.connection,
    );
    await waitFor(() => expect(proxy.requests(API.heartbeat).length).toBeGreaterThan(1));
    expect(proxy.requests(API.fetch)).toEqual([]);
    expect(member.delivered).toEqual([]);
    working.resolve(new Map([[`${topic}:0`, 4]]));
    await waitFor(() => expect(member.values()).toEqual(values(records.slice(4))));
  });

  it('ends, with the cause, when a handler throws (T9)', async () => {
    const topic = await testTopic();
    await write(topic, recordsOf(1));
    const cause = new TypeError('a bug');
    const member = startMember(
      { groupId: uniqueName('group'), topics: [topic] },
      {
        batch: () => {
          throw cause;
        },
      },
    );
    await expect(member.running).rejects.toMatchObject({ code: 'kafka.handler-failed', cause });
  });

  it('ends, with its error, when the assignment cannot be worked through (T9)', async () => {
    const topic = await testTopic();
    const error = new RangeError('no state');
    const member = startMember(
      { groupId: uniqueName('group'), topics: [topic] },
      { assigned: () => Promise.reject(error) },
    );
    await expect(member.running).rejects.toBe(error);
  });

  it('hands its partitions over at once when it closes (T12)', async () => {
    const topic = await testTopic();
    const options = { groupId: uniqueName('group'), topics: [topic], sessionTimeoutMs: 60_000 };
    const first = startMember(options);
    await waitFor(() => expect(first.assignments).toHaveLength(1));
    await first.close();
    // The session would hold the partitions back for a minute, longer than this test may take.
    const second = startMember(options);
    await waitFor(() => expect(second.assignments[0]?.partitions).toHaveLength(1));
  });

  it('reads other partitions of a broker while one is paused, and that one after resume (T13)', async () => {
    const topic = await testTopic(2);
    const member: TestMember = startMember(
      { groupId: uniqueName('group'), topics: [topic] },
      { batch: ({ partition }) => partition === 0 && member.pause([{ topic, partition }]) },
    );
    await write(topic, recordsOf(5, 'early'), 0);
    await waitFor(() => expect(member.values(0)).toHaveLength(5));
    await write(topic, recordsOf(5, 'late'), 0);
    await write(topic, recordsOf(5, 'other'), 1);
    await waitFor(() => expect(member.values(1)).toHaveLength(5));
    expect(member.values(0)).toHaveLength(5);
    member.resume([{ topic, partition: 0 }]);
    await waitFor(() => expect(member.values(0)).toHaveLength(10));
  });

  it('reads no more of a partition that is finished, whoever resumes it', async () => {
    const topic = await testTopic(2);
    const member: TestMember = startMember(
      { groupId: uniqueName('group'), topics: [topic] },
      { batch: ({ partition }) => partition === 0 && member.finish([{ topic, partition }]) },
    );
    await write(topic, recordsOf(5, 'early'), 0);
    await waitFor(() => expect(member.values(0)).toHaveLength(5));
    member.resume([{ topic, partition: 0 }], 1_000);
    await write(topic, recordsOf(5, 'late'), 0);
    await write(topic, recordsOf(5, 'other'), 1);
    await waitFor(() => expect(member.values(1)).toHaveLength(5));
    expect(member.values(0)).toHaveLength(5);
  });

  it('answers with as much of a partition as it was resumed with, and with a larger batch whole', async () => {
    const topic = await testTopic();
    const options = { groupId: uniqueName('group'), topics: [topic] };
    const pausing = { batch: () => member.pause([{ topic, partition: 0 }]) };
    const member: TestMember = startMember({ ...options, fetchBytesPerPartitionMax: 10 }, pausing);
    for (const name of ['a', 'b', 'c', 'd']) await write(topic, recordsOf(3, name));
    await waitFor(() => expect(member.values()).toHaveLength(3));
    member.resume([{ topic, partition: 0 }], 1024 * 1024);
    await waitFor(() => expect(member.values()).toHaveLength(12));
    expect(member.delivered).toHaveLength(2);
  });

  it('asks the broker to hold an empty answer briefly, so that resume is soon served (T14)', async () => {
    const topic = await testTopic();
    const proxy = await testProxy();
    startMember({ groupId: uniqueName('group'), topics: [topic] }, {}, proxy.connection);
    await waitFor(() => expect(proxy.requests(API.fetch).length).toBeGreaterThan(1));
    for (const { body } of proxy.requests(API.fetch)) {
      expect(body.readInt32BE(5)).toBeLessThanOrEqual(100);
    }
  });

  it('counts commit markers and aborted records into the offset to read next (T15)', async () => {
    const topic = await testTopic();
    const options = { transactionalId: uniqueName('tx'), transactionTimeoutMs: 60_000 };
    const producer = closedAfterTest(createTransactionalProducer(testConnection(), options));
    const member = startMember({ groupId: uniqueName('group'), topics: [topic] });
    await producer.transaction((transaction) =>
      transaction.send([{ topic, partition: 0, records: recordsOf(3) }]),
    );
    await waitFor(() => expect(member.delivered.at(-1)?.nextOffset).toBe(4));
    await producer
      .transaction(async (transaction) => {
        await transaction.send([{ topic, partition: 0, records: recordsOf(3, 'aborted') }]);
        throw new Error('abort');
      })
      .catch(() => undefined);
    await waitFor(() => expect(member.delivered.at(-1)?.nextOffset).toBe(8));
    expect(member.values()).toEqual(values(recordsOf(3)));
  });

  it('takes in partitions and topics that appear while it runs', async () => {
    const topic = await testTopic();
    const later = uniqueName('kafka-test-later');
    const member = startMember({ groupId: uniqueName('group'), topics: [topic, later] });
    await waitFor(() => expect(member.assignments).toHaveLength(1));
    const admin = closedAfterTest(createAdmin(testConnection()));
    await admin.addPartitions(topic, 2);
    await admin.createTopics([{ name: later, partitions: 1, replicationFactor: 1, config: {} }]);
    await waitFor(() => {
      const { added, kept } = member.assignments.at(-1)!;
      expect(added.length + kept.length).toBe(3);
    });
    expect(member.assignments[0]!.added).toEqual(member.assignments.at(-1)!.kept.slice(0, 1));
    await admin.deleteTopics([later]);
  });

  it('reads on where it was when its connections break', async () => {
    const topic = await testTopic();
    const proxy = await testProxy();
    const member = startMember(
      { groupId: uniqueName('group'), topics: [topic] },
      {},
      proxy.connection,
    );
    await write(topic, recordsOf(3, 'a'));
    await waitFor(() => expect(member.values()).toHaveLength(3));
    proxy.loseAnswer(API.fetch, 3);
    proxy.loseAnswer(API.heartbeat, 2);
    await write(topic, recordsOf(3, 'b'));
    await waitFor(() => expect(member.values()).toHaveLength(6));
    proxy.loseAnswer(API.offsetCommit, 2);
    await member.commit(member.term(), [{ topic, partition: 0, offset: 6 }]);
    expect(member.values()).toEqual(values([...recordsOf(3, 'a'), ...recordsOf(3, 'b')]));
    expect(member.assignments).toHaveLength(1);
  });
});
