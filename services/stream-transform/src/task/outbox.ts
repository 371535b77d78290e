import type { OutgoingRecord, PartitionBatch } from '@millrace/kafka';

/**
 * What a task has made since its last commit, by topic and partition, in order. What one input record led to
 * can be taken back as long as the next has not begun.
 */
export interface Outbox {
  add(topic: string, partition: number, record: OutgoingRecord): void;
  /** What is added from here on can be taken back. */
  begin(): void;
  /** Takes back what was added since `begin`. */
  rollBack(): void;
  /** Keys and values that wait, bytes. */
  readonly bytes: number;
  /** Hands over everything and is empty again. */
  take(): readonly PartitionBatch[];
}

interface Lane {
  readonly topic: string;
  readonly partition: number;
  records: OutgoingRecord[];
}

const bytesOf = ({ key, value }: OutgoingRecord): number =>
  (key?.length ?? 0) + (value?.length ?? 0);

export const createOutbox = (): Outbox => {
  const topics = new Map<string, (Lane | undefined)[]>();
  let filled: Lane[] = [];
  /** The lanes added to since `begin`, one entry a record. */
  const journal: Lane[] = [];
  let journalLength = 0;
  let bytes = 0;

  const laneOf = (topic: string, partition: number): Lane => {
    let lanes = topics.get(topic);
    if (lanes === undefined) {
      lanes = [];
      topics.set(topic, lanes);
    }
    let lane = lanes[partition];
    if (lane === undefined) {
      lane = { topic, partition, records: [] };
      lanes[partition] = lane;
    }
    return lane;
  };

  return {
    add(topic, partition, record) {
      const lane = laneOf(topic, partition);
      if (lane.records.length === 0) filled.push(lane);
      lane.records.push(record);
      journal[journalLength] = lane;
      journalLength += 1;
      bytes += bytesOf(record);
    },
    begin() {
      journalLength = 0;
    },
    rollBack() {
      while (journalLength > 0) {
        journalLength -= 1;
        const record = journal[journalLength]!.records.pop();
        if (record !== undefined) bytes -= bytesOf(record);
      }
    },
    get bytes() {
      return bytes;
    },
    take() {
      const batches = filled.filter(({ records }) => records.length > 0);
      const taken = batches.map(({ topic, partition, records }) => ({ topic, partition, records }));
      for (const lane of filled) lane.records = [];
      filled = [];
      bytes = 0;
      journalLength = 0;
      return taken;
    },
  };
};
