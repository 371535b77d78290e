import { createAdmin, createTransactionalProducer } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import { stackUnderTest, uniqueName } from '@millrace/testkit';
import { expect, test } from 'vitest';
import { ensureOwnTopics } from './outputs.ts';
import { createStateLog } from './state-log.ts';

test('the last committed value of each fact is read; aborted ones and ended facts are not', async () => {
  const connection = {
    brokers: stackUnderTest().kafkaBrokers.split(','),
    clientId: 'cdc-test',
    logger: silentLogger,
  };
  const source = uniqueName('state');
  const admin = createAdmin(connection);
  await ensureOwnTopics(admin, source, 1);
  await admin.close();
  const state = createStateLog(connection, source);
  const producer = createTransactionalProducer(connection, {
    transactionalId: `millrace.cdc.${source}`,
    transactionTimeoutMs: 60_000,
  });
  const write = (facts: Readonly<Record<string, string | null>>, aborts = false) =>
    producer.transaction(async (transaction) => {
      const records = Object.entries(facts).map(([key, value]) =>
        state.recordOf(key, value === null ? null : Buffer.from(value)),
      );
      await transaction.send(records);
      if (aborts) throw new Error('given up');
    });
  expect([...(await state.read())]).toEqual([]);
  await write({ a: '1', b: '1' });
  await write({ a: '2', c: '1' });
  await write({ b: null });
  await expect(write({ a: '3', c: null }, true)).rejects.toThrow('given up');
  await producer.fence();
  const facts = [...(await state.read())].map(([key, value]) => [key, value.toString()]);
  expect(facts).toEqual([
    ['a', '2'],
    ['c', '1'],
  ]);
  await producer.close();
});
