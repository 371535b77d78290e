import { createAdmin, createTransactionalProducer } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import { stackUnderTest, uniqueName } from '@millrace/testkit';
import { expect, test } from 'vitest';
import { ensureOwnTopics } from './outputs.ts';
import { createPositionLog } from './position-log.ts';

test('the last committed position is found behind more aborted ones than the tail that is read first', async () => {
  const connection = {
    brokers: stackUnderTest().kafkaBrokers.split(','),
    clientId: 'cdc-test',
    logger: silentLogger,
  };
  const source = uniqueName('positions');
  const admin = createAdmin(connection);
  await ensureOwnTopics(admin, source, 1);
  await admin.close();
  const positions = createPositionLog(connection, source);
  const producer = createTransactionalProducer(connection, {
    transactionalId: `millrace.cdc.${source}`,
    transactionTimeoutMs: 60_000,
  });
  const position = (commitLsn: number) => ({
    ...{ commitLsn: BigInt(commitLsn), index: 1, systemId: 's' },
  });
  const write = (commitLsn: number, aborts: boolean) =>
    producer.transaction(async (transaction) => {
      await transaction.send([positions.recordOf(position(commitLsn))]);
      if (aborts) throw new Error('given up');
    });
  expect(await positions.read()).toBeUndefined();
  for (const commitLsn of [1, 2, 3]) await write(commitLsn, false);
  // with its marker each takes two offsets
  for (let lsn = 4; lsn < 64; lsn++) await expect(write(lsn, true)).rejects.toThrow('given up');
  await expect.poll(positions.read).toEqual(position(3));
  // an end is no position, whatever stands before it, and the next one counts
  await producer.transaction((transaction) => transaction.send([positions.endRecord()]));
  await expect.poll(positions.read).toBeUndefined();
  await write(70, false);
  await expect.poll(positions.read).toEqual(position(70));
  await producer.close();
});
