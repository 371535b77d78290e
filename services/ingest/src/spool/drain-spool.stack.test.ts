import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cloudEventHeaders } from '@millrace/contracts';
import { createAdmin, createProducer, readPartition } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import { stackUnderTest, uniqueName } from '@millrace/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createSpoolDrain, type DirectOutcome } from './drain-spool.ts';
import { type FrameLog, openFrameLog } from './frame-log.ts';

const { kafkaBrokers } = stackUnderTest();
const connection = { brokers: kafkaBrokers.split(','), clientId: 'test', logger: silentLogger };
const admin = createAdmin(connection);
const topic = uniqueName('spool');
let directory: string;
let log: FrameLog;
let spoolId: string;
const outcomes = new Map<number, DirectOutcome>();
/** Records that were read back to be compared. */
let readBack = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-drain-'));
  await admin.createTopics([{ name: topic, partitions: 1, replicationFactor: 1, config: {} }]);
});
beforeEach(async () => {
  readBack = 0;
  spoolId = uniqueName('id');
  log = await openFrameLog({ directory: join(directory, spoolId), logger: silentLogger });
});
afterEach(() => log.close());
afterAll(async () => {
  await admin.deleteTopics([topic]);
  await admin.close();
  await rm(directory, { recursive: true });
});

const drainOf = () =>
  createSpoolDrain({
    ...{ connection, admin, topic, spoolId, tailRecords: 100 },
    rule: { hasIdentity: false, source: '' },
    observeRead: (records) => {
      readBack += records;
    },
    outcomeOf: (sequence) => outcomes.get(sequence),
  });
const recordOf = (id: string) => ({
  key: null,
  value: Buffer.from(id),
  headers: { [cloudEventHeaders.id]: id },
});
const append = async (id: string, compareFrom?: number) => {
  const compare = compareFrom === undefined ? {} : { compareFrom };
  const frame = { takenMs: 0, partition: 0, records: [recordOf(id)], ...compare };
  const { sequence, durable } = log.append(frame);
  await durable;
  return sequence;
};
const chunk = async () => (await log.next())!;
/** A commit that was answered shows a moment later. */
const committed = async (prefix: string) => {
  const where = { topic, partition: 0, fromOffset: 0, isolation: 'read_committed' } as const;
  const ids: string[] = [];
  for await (const { value } of readPartition(connection, where)) ids.push(String(value));
  return ids.filter((id) => id.startsWith(prefix));
};

test('a process that ended between Kafka and its disk is followed by one that writes nothing twice', async () => {
  await append('once-1');
  await append('once-2');
  const killed = drainOf();
  await killed.open();
  expect(await killed.write(await chunk())).toBe(2);
  await killed.close();
  // It was not released: the next process finds it again, with a frame behind it.
  await append('once-3');
  const next = drainOf();
  await next.open();
  expect(await next.write(await chunk())).toBe(1);
  await expect.poll(() => committed('once')).toEqual(['once-1', 'once-2', 'once-3']);
  await next.close();
});

test('a process that was frozen cannot write after another has taken over', async () => {
  await append('zombie');
  const frozen = drainOf();
  await frozen.open();
  const next = drainOf();
  await next.open();
  expect(await next.write(await chunk())).toBe(1);
  await expect(frozen.write(await chunk())).rejects.toMatchObject({ code: 'kafka.fenced' });
  await expect.poll(() => committed('zombie')).toEqual(['zombie']);
  await Promise.all([frozen.close(), next.close()]);
});

test('records that may be on the topic are written if they are not there, and only then', async () => {
  const producer = createProducer(connection);
  const [written] = await producer.send([
    { topic, partition: 0, records: [recordOf('doubt-written')] },
  ]);
  await producer.close();
  await append('doubt-written', written!.baseOffset);
  await append('doubt-lost', -1);
  const known = await append('doubt-known', -1);
  outcomes.set(known, 'written');
  const drain = drainOf();
  await drain.open();
  expect(await drain.write(await chunk())).toBe(1);
  await expect.poll(() => committed('doubt')).toEqual(['doubt-written', 'doubt-lost']);
  await drain.close();
});

test('however much is in doubt, what stands on the topic is read once for it, and what others write meanwhile', async () => {
  const there = Array.from({ length: 100 }, (_, number) => recordOf(`much-there-${number}`));
  const producer = createProducer(connection);
  const write = (records: readonly ReturnType<typeof recordOf>[]) =>
    producer.send([{ topic, partition: 0, records }]);
  await write(there);
  const drain = drainOf();
  await drain.open();
  const drained: number[] = [];
  for (let number = 0; number < 20; number += 1) {
    // Taken while nothing was known of the topic: one of each two had been accepted before.
    await append(`much-there-${number}`, -1);
    await append(`much-new-${number}`, -1);
    if (number === 10) await write([recordOf(`much-new-${number}`)]);
    const next = await chunk();
    drained.push(await drain.write(next));
    await log.release(next);
  }
  await producer.close();
  // The hundred that are looked through, what another wrote, and perhaps what the drain wrote around that; not a hundred each time.
  expect(readBack).toBeGreaterThanOrEqual(101);
  expect(readBack).toBeLessThanOrEqual(110);
  expect(drained).toEqual(drained.map((_, number) => (number === 10 ? 0 : 1)));
  const ids = Array.from({ length: 20 }, (_, number) => `much-new-${number}`);
  await expect.poll(() => committed('much-new')).toEqual(ids);
  expect(await committed('much-there')).toHaveLength(100);
  await drain.close();
});

test('what is known to stand further back than is looked through is found, also when the topic has gone on by more than that', async () => {
  const producer = createProducer(connection);
  const write = async (name: string) => {
    const records = Array.from({ length: 150 }, (_, number) => recordOf(`${name}-${number}`));
    const [landed] = await producer.send([{ topic, partition: 0, records }]);
    return landed!.baseOffset;
  };
  const drain = drainOf();
  await drain.open();
  const drained = async () => {
    const next = await chunk();
    const count = await drain.write(next);
    await log.release(next);
    return count;
  };
  const first = await write('far');
  await append('far-0', first);
  await append('far-149', -1);
  expect(await drained()).toBe(0);
  await write('further');
  await append('far-1', first);
  await append('further-149', -1);
  await append('further-new', -1);
  expect(await drained()).toBe(1);
  await append('further-new', first);
  await append('far-2', first);
  expect(await drained()).toBe(0);
  await producer.close();
  await drain.close();
});
