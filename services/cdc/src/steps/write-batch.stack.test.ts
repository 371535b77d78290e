import {
  createAdmin,
  createTransactionalProducer,
  type TransactionalProducer,
} from '@millrace/kafka';
import { silentLogger, systemClock } from '@millrace/pipeline';
import { createMetrics } from '@millrace/runtime';
import { readCommitted, stackUnderTest, uniqueName } from '@millrace/testkit';
import { expect, test } from 'vitest';
import { createChangeBatch, createSlabPool } from '../change-batch.ts';
import { declareMetrics } from '../metrics.ts';
import { ensureOwnTopics } from '../outputs.ts';
import { createPositionLog } from '../position-log.ts';
import { createCommitPatiently } from './commit-patiently.ts';
import { createWriteBatch } from './write-batch.ts';

test('records and position are written together, and a fenced instance writes neither', async () => {
  const connection = {
    brokers: stackUnderTest().kafkaBrokers.split(','),
    clientId: 'cdc-test',
    logger: silentLogger,
  };
  const source = uniqueName('write');
  const topic = uniqueName('cdc-write');
  const admin = createAdmin(connection);
  await ensureOwnTopics(admin, source, 1);
  await admin.createTopics([{ name: topic, partitions: 1, replicationFactor: 1, config: {} }]);
  await admin.close();
  const positions = createPositionLog(connection, source);
  const open = () =>
    createTransactionalProducer(connection, {
      transactionalId: `millrace.cdc.${source}`,
      transactionTimeoutMs: 60_000,
    });
  const metrics = declareMetrics(createMetrics('cdc'));
  const batchOf = (value: string) => {
    const batch = createChangeBatch(createSlabPool());
    batch.add(topic, 0, { key: null, value: Buffer.from(value) });
    return batch;
  };
  const mark = (commitLsn: bigint) => ({
    position: { commitLsn, index: 1, systemId: 's' },
    ...{ confirmLsn: commitLsn, committedAtMs: 0 },
  });
  const reread = async () => undefined;
  const writeWith = (producer: TransactionalProducer, lastLsn: bigint) =>
    createWriteBatch(
      createCommitPatiently({
        ...{ producer, positions, position: mark(lastLsn).position, reopen: open },
        // its lock went to the second
        isStillOurs: async () => false,
        waiting: () => undefined,
        ...{ clock: systemClock, signal: new AbortController().signal, logger: silentLogger },
      }),
      ...([metrics, () => 0, reread, async () => 1] as const),
    );
  const first = open();
  const writeFirst = writeWith(first, 0n);
  await writeFirst(batchOf('one'), mark(1n));

  const second = open();
  await second.fence();
  await expect(writeFirst(batchOf('zombie'), mark(2n))).rejects.toMatchObject({
    code: 'kafka.fenced',
  });
  expect(await positions.read()).toEqual(mark(1n).position);
  await writeWith(second, 1n)(batchOf('three'), mark(3n));
  await expect.poll(positions.read).toEqual(mark(3n).position);

  const records = await readCommitted(stackUnderTest().kafkaBrokers, topic);
  expect(records.map(({ value }) => String(value))).toEqual(['one', 'three']);
  await first.close();
  await second.close();
});
