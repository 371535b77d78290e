/** What ends before a snapshot takes an earlier one's place: all that a start would go on from, together. */
import { snapshotFact } from '@millrace/contracts';
import type { PartitionBatch } from '@millrace/kafka';
import { expect, test } from 'vitest';
import { encodeProgress } from '../snapshot/table-progress.ts';
import { forgetCapture } from './forget-capture.ts';

const recordOf = (topic: string, key: string): PartitionBatch => ({
  ...{ topic, partition: 0, records: [{ key: Buffer.from(key), value: null }] },
});
const table = (name: string, status: 'running' | 'done'): [string, Buffer] => {
  const named = { schema: 'public', table: name };
  return [snapshotFact(named), encodeProgress({ ...named, status, rows: 1 })];
};

test('position, tables and snapshots end in one transaction; blocked keys and the signal topic stay', async () => {
  const transactions: (readonly PartitionBatch[])[] = [];
  await forgetCapture({
    producer: {
      transaction: async (work) => {
        const sent: PartitionBatch[] = [];
        const send = async (batches: readonly PartitionBatch[]) => void sent.push(...batches);
        const result = await work({ send } as never);
        transactions.push(sent);
        return result;
      },
    },
    positions: { endRecord: () => recordOf('positions', 'source') },
    state: { recordOf: (key) => recordOf('state', key) },
    remembered: new Map([
      ['tables', Buffer.from('[]')],
      table('a', 'done'),
      table('b', 'running'),
      ['blocked/a/1', Buffer.from('{}')],
      ['signal-offset/signals', Buffer.from('7')],
    ]),
  });
  expect(transactions).toEqual([
    [
      recordOf('positions', 'source'),
      ...['tables', 'snapshot/public.a', 'snapshot/public.b'].map((key) => recordOf('state', key)),
    ],
  ]);
});
