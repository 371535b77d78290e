import {
  type BatchMemory,
  createRecordWriter,
  type OutgoingRecord,
  type RecordWriter,
  type WrittenBatch,
} from '@millrace/kafka';

/**
 * What a task has made since its last commit, by topic and partition, in order and in the form that a broker takes.
 * What one input record led to can be taken back as long as the next has not begun.
 */
export interface Outbox {
  /** Where records for a partition are written; who ends one there says so with `added`. */
  lane(topic: string, partition: number): Lane;
  /** A record of so many bytes was written. */
  added(lane: Lane, bytes: number): void;
  add(topic: string, partition: number, record: OutgoingRecord): void;
  /** What is added from here on can be taken back. */
  begin(): void;
  /** Takes back what was added since `begin`. */
  rollBack(): void;
  /** What waits, bytes. */
  readonly bytes: number;
  /** Hands over everything and is empty again. */
  take(): readonly WrittenBatch[];
  /** What was taken is committed: its memory may be used again. */
  release(batches: readonly WrittenBatch[]): void;
}

export interface Lane {
  readonly topic: string;
  readonly partition: number;
  readonly writer: RecordWriter;
}

/** @param memory of batches, shared by the tasks of a thread */
export const createOutbox = (memory: BatchMemory): Outbox => {
  const topics = new Map<string, (Lane | undefined)[]>();
  const all: Lane[] = [];
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
      lane = { topic, partition, writer: createRecordWriter(memory) };
      lanes[partition] = lane;
      all.push(lane);
    }
    return lane;
  };

  const added = (lane: Lane, size: number): void => {
    journal[journalLength] = lane;
    journalLength += 1;
    bytes += size;
  };

  return {
    lane: laneOf,
    added,
    add(topic, partition, { key, value, timestampMs = 0, headers }) {
      const lane = laneOf(topic, partition);
      const { writer } = lane;
      const at = writer.begin(key, key?.length ?? 0, timestampMs);
      if (value === null) added(lane, writer.end(-1, headers));
      else {
        while (at + value.length > writer.buffer.length) writer.grow();
        writer.buffer.set(value, at);
        added(lane, writer.end(at + value.length, headers));
      }
    },
    begin() {
      journalLength = 0;
    },
    rollBack() {
      while (journalLength > 0) {
        journalLength -= 1;
        bytes -= journal[journalLength]!.writer.undo();
      }
    },
    get bytes() {
      return bytes;
    },
    take() {
      const batches = all
        .filter(({ writer }) => writer.length > 0)
        .map(({ topic, partition, writer }) => ({ topic, partition, records: writer.take() }));
      bytes = 0;
      journalLength = 0;
      return batches;
    },
    release(batches) {
      for (const { records } of batches) memory.release(records);
    },
  };
};
