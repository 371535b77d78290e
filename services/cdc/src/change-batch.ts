/**
 * Records on their way into one Kafka transaction, and the slabs that hold their bytes. A batch is filled,
 * closed with a position, written, and its slabs are used again.
 */
import type { OutgoingRecord, PartitionBatch } from '@millrace/kafka';
import { type AvroOutput, createAvroOutput } from './columns/avro-output.ts';

const SLAB_BYTES = 1024 * 1024;

/** Slabs that no batch uses; bounded by how many batches are under way at once. */
export interface SlabPool {
  take(bytesMin: number): Buffer;
  giveBack(slabs: readonly Buffer[]): void;
}

export const createSlabPool = (): SlabPool => {
  const free: Buffer[] = [];
  return {
    take: (bytesMin) => {
      if (bytesMin > SLAB_BYTES) return Buffer.allocUnsafeSlow(bytesMin);
      return free.pop() ?? Buffer.allocUnsafeSlow(SLAB_BYTES);
    },
    giveBack: (slabs) => {
      for (const slab of slabs) if (slab.length === SLAB_BYTES) free.push(slab);
    },
  };
};

export interface ChangeBatch {
  /** Where the next record's bytes go; call `makeRoom` first. */
  readonly out: AvroOutput;
  makeRoom(bytes: number): void;
  add(topic: string, partition: number, record: OutgoingRecord): void;
  readonly recordCount: number;
  /** Keys and values, bytes. */
  readonly byteCount: number;
  partitionBatches(): readonly PartitionBatch[];
  /** The records are written or given up: nothing refers to the slabs any more. */
  release(): void;
}

export const createChangeBatch = (pool: SlabPool): ChangeBatch => {
  const out = createAvroOutput(Buffer.alloc(0));
  const slabs: Buffer[] = [];
  const topics = new Map<string, OutgoingRecord[][]>();
  let recordCount = 0;
  let byteCount = 0;
  return {
    out,
    makeRoom: (bytes) => {
      if (out.bytes.length - out.position >= bytes) return;
      out.bytes = pool.take(bytes);
      out.position = 0;
      slabs.push(out.bytes);
    },
    add: (topic, partition, record) => {
      let partitions = topics.get(topic);
      if (partitions === undefined) {
        partitions = [];
        topics.set(topic, partitions);
      }
      const records = partitions[partition];
      if (records === undefined) partitions[partition] = [record];
      else records.push(record);
      recordCount++;
      byteCount += (record.key?.length ?? 0) + (record.value?.length ?? 0);
    },
    get recordCount() {
      return recordCount;
    },
    get byteCount() {
      return byteCount;
    },
    partitionBatches: () =>
      [...topics].flatMap(([topic, partitions]) =>
        // sparse: partitions without a record are skipped
        Object.entries(partitions).map(([partition, records]) => ({
          topic,
          partition: Number(partition),
          records,
        })),
      ),
    release: () => {
      pool.giveBack(slabs.splice(0));
      topics.clear();
    },
  };
};
