/**
 * Records on their way into one Kafka transaction, and the slabs that hold their bytes. A batch is filled,
 * closed with a position, written, and its slabs are used again.
 */
import type { OutgoingRecord, PartitionBatch } from '@millrace/kafka';
import { type AvroOutput, createAvroOutput } from './columns/avro-output.ts';
import type { DeferredChange } from './reread/deferred-change.ts';

const SLAB_BYTES = 1024 * 1024;
/** Of the larger ones so many are kept. */
const WIDE_SLABS = 4;
/** What a value that is still to be read is reckoned at: a batch of them closes early. */
const DEFERRED_VALUE_BYTES = 16 * 1024;

/** A piece of memory that the records of one batch or several lie in. */
interface Slab {
  readonly bytes: Buffer;
  batches: number;
}

/**
 * Hands out memory for records, in order. Batches that follow each other share a slab, so that a small batch
 * costs what it holds; a slab is used again when no batch refers to it.
 */
export interface SlabPool {
  /** Where the next record's bytes go: of the batch that is open. */
  readonly out: AvroOutput;
  /** Makes room in `out` and gives the slab that the room is in. */
  makeRoom(bytes: number): Slab;
  release(slab: Slab): void;
}

export const createSlabPool = (): SlabPool => {
  const out = createAvroOutput(Buffer.alloc(0));
  const free: Buffer[] = [];
  /** Slabs for long rows: used again as well, since the allocator keeps what it gets back of such a size. */
  const wide: Buffer[] = [];
  let current: Slab = { bytes: out.bytes, batches: 0 };
  const recycle = (slab: Slab): void => {
    if (slab.batches > 0) return;
    if (slab.bytes.length === SLAB_BYTES) free.push(slab.bytes);
    else if (slab.bytes.length > SLAB_BYTES && wide.length < WIDE_SLABS) wide.push(slab.bytes);
  };
  const slabOf = (bytes: number): Buffer => {
    if (bytes <= SLAB_BYTES) return free.pop() ?? Buffer.allocUnsafeSlow(SLAB_BYTES);
    const fit = wide.findIndex((slab) => slab.length >= bytes);
    if (fit >= 0) return wide.splice(fit, 1)[0] as Buffer;
    return Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(bytes)));
  };
  return {
    out,
    makeRoom: (bytes) => {
      if (out.bytes.length - out.position >= bytes) return current;
      recycle(current);
      const slab = slabOf(bytes);
      current = { bytes: slab, batches: 0 };
      out.bytes = slab;
      out.position = 0;
      return current;
    },
    release: (slab) => {
      slab.batches--;
      if (slab !== current) recycle(slab);
    },
  };
};

export interface RoutedRecord {
  readonly topic: string;
  readonly record: OutgoingRecord;
}

export interface ChangeBatch {
  /** Where the next record's bytes go; call `makeRoom` first. */
  readonly out: AvroOutput;
  makeRoom(bytes: number): void;
  add(topic: string, partition: number, record: OutgoingRecord): void;
  /** A record whose partition is not known yet. */
  route(topic: string, record: OutgoingRecord): void;
  readonly routed: readonly RoutedRecord[];
  /** Gives the routed records of a topic, in their order, a partition. */
  settle(topic: string, partitionOf: (record: OutgoingRecord) => number): void;
  /** A record that was added gets the rest of its values before the batch is written. */
  defer(change: DeferredChange): void;
  readonly deferred: readonly DeferredChange[];
  readonly recordCount: number;
  /** Keys and values, bytes. */
  readonly byteCount: number;
  partitionBatches(): readonly PartitionBatch[];
  /** The records are written or given up: nothing refers to the slabs any more. */
  release(): void;
}

export const createChangeBatch = (pool: SlabPool): ChangeBatch => {
  const slabs = new Set<Slab>();
  const topics = new Map<string, OutgoingRecord[][]>();
  const deferred: DeferredChange[] = [];
  const routed: RoutedRecord[] = [];
  let recordCount = 0;
  let byteCount = 0;

  const place = (topic: string, partition: number, record: OutgoingRecord): void => {
    let partitions = topics.get(topic);
    if (partitions === undefined) {
      partitions = [];
      topics.set(topic, partitions);
    }
    const records = partitions[partition];
    if (records === undefined) partitions[partition] = [record];
    else records.push(record);
  };
  const count = (record: OutgoingRecord): void => {
    recordCount++;
    byteCount += (record.key?.length ?? 0) + (record.value?.length ?? 0);
  };

  return {
    out: pool.out,
    makeRoom: (bytes) => {
      const slab = pool.makeRoom(bytes);
      if (slabs.has(slab)) return;
      slab.batches++;
      slabs.add(slab);
    },
    add: (topic, partition, record) => {
      place(topic, partition, record);
      count(record);
    },
    route: (topic, record) => {
      routed.push({ topic, record });
      count(record);
    },
    routed,
    settle: (topic, partitionOf) => {
      for (const one of routed) {
        if (one.topic === topic) place(topic, partitionOf(one.record), one.record);
      }
    },
    defer: (change) => {
      deferred.push(change);
      byteCount += change.missing.length * DEFERRED_VALUE_BYTES;
    },
    deferred,
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
      for (const slab of slabs) pool.release(slab);
      slabs.clear();
      topics.clear();
      deferred.length = 0;
      routed.length = 0;
    },
  };
};
