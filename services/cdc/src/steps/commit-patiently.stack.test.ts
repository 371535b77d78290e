import { MillraceError } from '@millrace/contracts';
import {
  createAdmin,
  createTransactionalProducer,
  type TransactionalProducer,
} from '@millrace/kafka';
import { silentLogger, systemClock } from '@millrace/pipeline';
import {
  type FaultProxy,
  readCommitted,
  stackUnderTest,
  startFaultProxy,
  uniqueName,
} from '@millrace/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ensureOwnTopics } from '../outputs.ts';
import { createPositionLog } from '../position-log.ts';
import { createCommitPatiently } from './commit-patiently.ts';

const PATIENCE = { timeout: 60_000, interval: 20 } as const;

let proxy: FaultProxy;
let topic: string;
let source: string;
const connectionTo = (brokers: string) => ({
  ...{ brokers: [brokers], clientId: 'cdc-test', logger: silentLogger },
});
beforeEach(async () => {
  const target = stackUnderTest().kafkaBrokers;
  proxy = await startFaultProxy({ target, rewriteAdvertisedPort: true });
  [source, topic] = [uniqueName('patient'), uniqueName('cdc-patient')];
  const admin = createAdmin(connectionTo(target));
  await ensureOwnTopics(admin, source, 1);
  await admin.createTopics([{ name: topic, partitions: 1, replicationFactor: 1, config: {} }]);
  await admin.close();
});
afterEach(() => proxy.close());

const positionOf = (lsn: number) => ({ commitLsn: BigInt(lsn), index: 1, systemId: 's' });
const batchOf = (value: string) => [
  { topic, partition: 0, records: [{ key: null, value: Buffer.from(value) }] },
];
/** Kafka is waited for longer than it ever needs, so that each failure is one that the test made. */
const open = (brokers = stackUnderTest().kafkaBrokers, deliveryTimeoutMs = 60_000) =>
  createTransactionalProducer(connectionTo(brokers), {
    transactionalId: `millrace.cdc.${source}`,
    ...{ transactionTimeoutMs: 60_000, deliveryTimeoutMs },
  });

/** An instance behind the proxy that has written position 1. */
const patient = async (
  isOurs = true,
  opened = [open(proxy.address)],
  reopen = () => open(proxy.address),
) => {
  const states: (string | undefined)[] = [];
  const commit = createCommitPatiently({
    producer: opened[0] as TransactionalProducer,
    reopen: () => {
      const another = reopen();
      opened.push(another);
      return another;
    },
    positions: createPositionLog(connectionTo(proxy.address), source),
    position: positionOf(0),
    isStillOurs: async () => isOurs,
    waiting: (reason) => states.push(reason),
    ...{ clock: systemClock, signal: new AbortController().signal, logger: silentLogger },
  });
  await commit(batchOf('one'), positionOf(1));
  const close = () => Promise.all(opened.map((producer) => producer.close()));
  return { close, commit, opened, states };
};
const written = async (): Promise<readonly string[]> => {
  const records = await readCommitted(stackUnderTest().kafkaBrokers, topic);
  return records.map(({ value }) => String(value));
};

test('Kafka away for longer than any of its time-outs: the batch waits and is there once', async () => {
  const impatient = () => open(proxy.address, 1_000);
  const { close, commit, states } = await patient(true, [impatient()], impatient);
  proxy.cut();
  const writing = commit(batchOf('two'), positionOf(2));
  await expect.poll(() => states.length, PATIENCE).toBeGreaterThan(3);
  proxy.restore();
  await writing;
  await commit(batchOf('three'), positionOf(3));
  expect(await written()).toEqual(['one', 'two', 'three']);
  expect(states.at(-1)).toBeUndefined();
  await close();
});

test.each([
  ['was carried out', true],
  ['never arrived', false],
])(
  'a commit without an answer that %s: the position tells, the batch is there once',
  async (_, arrives) => {
    const real = open();
    let loses = false;
    const producer: TransactionalProducer = {
      ...real,
      transaction: async (work) => {
        if (!loses) return real.transaction(work);
        loses = false;
        if (arrives) await real.transaction(work);
        throw new MillraceError('kafka.transaction-outcome-unknown', 'no answer', {
          retryable: true,
        });
      },
    };
    const { close, commit, states } = await patient(true, [producer]);
    loses = true;
    await commit(batchOf('two'), positionOf(2));
    await commit(batchOf('three'), positionOf(3));
    expect(await written()).toEqual(['one', 'two', 'three']);
    expect(states).toEqual(['kafka.transaction-outcome-unknown', undefined]);

    // rows of a snapshot beside the stream may leave the position where it was
    loses = true;
    await expect(commit(batchOf('again'), positionOf(3))).rejects.toMatchObject({
      code: 'kafka.transaction-outcome-unknown',
    });
    await close();
  },
);

test('the broker ended our transaction by the clock: under a new epoch the batch is there once', async () => {
  const { close, commit, opened, states } = await patient();
  const other = open();
  // what the coordinator does when the time is over: a new epoch, the old one is fenced
  await other.fence();
  await other.close();
  await commit(batchOf('two'), positionOf(2));
  expect(states).toContain('kafka.fenced');
  expect(opened).toHaveLength(2);
  expect(await written()).toEqual(['one', 'two']);
  await close();
});

test('where another instance has written, this one gives up with what it knows', async () => {
  const { close, commit } = await patient();
  const other = open();
  await other.fence();
  const positions = createPositionLog(connectionTo(stackUnderTest().kafkaBrokers), source);
  await other.transaction((transaction) =>
    transaction.send([...batchOf('theirs'), positions.recordOf(positionOf(7))]),
  );
  await expect(commit(batchOf('two'), positionOf(2))).rejects.toMatchObject({
    code: 'kafka.fenced',
  });
  expect(await written()).toEqual(['one', 'theirs']);
  await Promise.all([close(), other.close()]);
});

test('without the lock of the source nobody is fenced', async () => {
  const { close, commit, opened } = await patient(false);
  const other = open();
  await other.fence();
  await expect(commit(batchOf('two'), positionOf(2))).rejects.toMatchObject({
    code: 'kafka.fenced',
  });
  expect(opened).toHaveLength(1);
  await other.transaction((transaction) => transaction.send(batchOf('theirs')));
  expect(await written()).toEqual(['one', 'theirs']);
  await Promise.all([close(), other.close()]);
});
