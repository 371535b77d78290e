/** Rows gathered for one transaction: records by partition, what was rejected, and the state of each part behind them. */
import type { OutgoingRecord, PartitionBatch, Transaction } from '@millrace/kafka';
import type { PartState } from './pull-source.ts';

export interface OpenCommit {
  add(topic: string, partition: number, record: OutgoingRecord): void;
  /** The last one of a part counts. */
  setState(part: string, state: PartState): void;
  readonly rows: number;
  readonly bytes: number;
  readonly states: ReadonlyMap<string, PartState>;
  batches(): readonly PartitionBatch[];
}

export const openCommit = (): OpenCommit => {
  const batches = new Map<string, PartitionBatch & { readonly records: OutgoingRecord[] }>();
  const states = new Map<string, PartState>();
  let rows = 0;
  let bytes = 0;
  let last: { topic: string; partition: number; records: OutgoingRecord[] } | undefined;
  return {
    add: (topic, partition, record) => {
      // a keyless stream stays on a partition, so the batch before is most often the one
      if (last === undefined || last.partition !== partition || last.topic !== topic) {
        const key = `${partition} ${topic}`;
        last = batches.get(key) ?? { topic, partition, records: [] };
        batches.set(key, last);
      }
      last.records.push(record);
      rows += 1;
      bytes += record.value?.length ?? 0;
    },
    setState: (part, state) => void states.set(part, state),
    get rows() {
      return rows;
    },
    get bytes() {
      return bytes;
    },
    states,
    batches: () => [...batches.values()],
  };
};

/** Everything of the commit in one transaction. */
export const sendCommit = async (
  transaction: Transaction,
  commit: OpenCommit,
  recordOf: (part: string, state: PartState) => PartitionBatch,
): Promise<void> => {
  const positions = [...commit.states].map(([part, state]) => recordOf(part, state));
  await transaction.send([...commit.batches(), ...positions]);
};
