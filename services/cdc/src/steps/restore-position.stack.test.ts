import { createAdmin, createTransactionalProducer } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import { stackUnderTest, uniqueName } from '@millrace/testkit';
import { expect, test } from 'vitest';
import { ensureOwnTopics } from '../outputs.ts';
import { createPositionLog } from '../position-log.ts';
import { readFencedPosition } from './restore-position.ts';

test('what a living predecessor commits until it is fenced counts, and afterwards it commits nothing', async () => {
  const connection = {
    brokers: stackUnderTest().kafkaBrokers.split(','),
    clientId: 'cdc-test',
    logger: silentLogger,
  };
  const source = uniqueName('restore');
  const admin = createAdmin(connection);
  await ensureOwnTopics(admin, source, 1);
  await admin.close();
  const positions = createPositionLog(connection, source);
  const open = () =>
    createTransactionalProducer(connection, {
      transactionalId: `millrace.cdc.${source}`,
      transactionTimeoutMs: 60_000,
    });
  const predecessor = open();
  const successor = open();
  const position = (commitLsn: bigint) => ({ commitLsn, index: 1, systemId: 's' });
  const commit = (commitLsn: bigint) =>
    predecessor.transaction((transaction) =>
      transaction.send([positions.recordOf(position(commitLsn))]),
    );
  await commit(1n);

  const restored = await readFencedPosition(
    {
      fence: async () => {
        // the last moment in which it can
        await commit(2n);
        await successor.fence();
      },
    },
    positions,
  );
  expect(restored).toEqual(position(2n));
  await expect(commit(3n)).rejects.toMatchObject({ code: 'kafka.fenced' });
  expect(await positions.read()).toEqual(position(2n));
  await predecessor.close();
  await successor.close();
});
