/** There is a position, so no initial snapshot is taken. */
import type { TransactionalProducer } from '@millrace/kafka';
import type { Notify } from './notification.ts';

export const tellSkipped = async (
  producer: TransactionalProducer,
  notify: Notify,
): Promise<void> => {
  const records = notify({ kind: 'Initial Snapshot', type: 'SKIPPED' });
  if (records.length > 0) await producer.transaction((transaction) => transaction.send(records));
};
