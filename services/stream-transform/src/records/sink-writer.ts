import { compileRecordWriter, type DatumSlab } from '@millrace/avro';
import { keyText, MillraceError } from '@millrace/contracts';
import { type OutgoingRecord, partitionForKey } from '@millrace/kafka';
import type { Flow } from '@millrace/streams';
import type { SinkPlan } from '../plan/transform-plan.ts';

/** A record for one partition of an output. */
export interface PlacedRecord {
  readonly partition: number;
  readonly record: OutgoingRecord;
}

/**
 * Encodes records by the contract of a sink: value by its schema, key from its key fields, event time as the
 * record's timestamp. A null value is a tombstone under the flow's own key.
 */
export interface SinkWriter {
  /** Throws `avro.value-invalid`, and `transform.record-unreadable` for a tombstone without a key. */
  write(flow: Flow): PlacedRecord;
}

/** Brokers refuse timestamps further ahead than an hour (message.timestamp.after.max.ms). */
const AHEAD_MAX_MS = 30 * 60_000;

export interface SinkWriterOptions {
  readonly schemaId: number;
  readonly slab: DatumSlab;
  /** Of the task: records without a key stay in their place. */
  readonly partition: number;
  nowMs(): number;
}

export const createSinkWriter = (
  { contract, partitions }: SinkPlan,
  { schemaId, slab, partition, nowMs }: SinkWriterOptions,
): SinkWriter => {
  const writeRecord = compileRecordWriter(contract.schemaText);
  const [only, ...others] = contract.key;
  const keyless = partition % partitions;

  const keyOf = ({ key, value }: Flow): string | null => {
    if (value === null) return key;
    if (only === undefined) return null;
    const row = value as Readonly<Record<string, unknown>>;
    if (others.length > 0) return keyText(contract.key.map((field) => row[field]));
    const single = row[only];
    return typeof single === 'string' ? single : keyText([single]);
  };

  return {
    write(flow) {
      const text = keyOf(flow);
      if (text === null && flow.value === null) {
        throw new MillraceError('transform.record-unreadable', 'a deletion has no key');
      }
      const key = text === null ? null : Buffer.from(text);
      const value = flow.value === null ? null : slab.write(schemaId, writeRecord, flow.value);
      const timestampMs = Math.max(0, Math.min(flow.timeMs, nowMs() + AHEAD_MAX_MS));
      return {
        partition: key === null ? keyless : partitionForKey(key, partitions),
        record: { key, value, timestampMs },
      };
    },
  };
};
