import { compileRecordWriter, FRAME_HEADER_BYTES, writeFrameHeader } from '@millrace/avro';
import { keyText, MillraceError } from '@millrace/contracts';
import { partitionForKey } from '@millrace/kafka';
import type { Flow } from '@millrace/streams';
import type { SinkPlan } from '../plan/transform-plan.ts';
import type { Outbox } from '../task/outbox.ts';
import { createKeyBytes } from './key-bytes.ts';
import type { OutputWriter } from './output-writer.ts';

/** Brokers refuse timestamps further ahead than an hour (message.timestamp.after.max.ms). */
const AHEAD_MAX_MS = 30 * 60_000;

export interface SinkWriterOptions {
  readonly schemaId: number;
  readonly outbox: Outbox;
  /** Of the task: records without a key stay in their place. */
  readonly partition: number;
  nowMs(): number;
}

/**
 * Encodes records by the contract of a sink, straight to where they are sent from: value by its schema, key from its
 * key fields, event time as the record's timestamp. A null value is a tombstone under the flow's own key. `write`
 * throws `avro.value-invalid`, and `transform.record-unreadable` for a tombstone without a key.
 */
export const createSinkWriter = (
  { contract, topic, partitions }: SinkPlan,
  { schemaId, outbox, partition, nowMs }: SinkWriterOptions,
): OutputWriter => {
  const writeRecord = compileRecordWriter(contract.schemaText);
  const lanes = Array.from({ length: partitions }, (_, index) => outbox.lane(topic, index));
  const keys = createKeyBytes();
  const [only, ...others] = contract.key;
  const keyless = partition % partitions;
  let aheadMs = nowMs() + AHEAD_MAX_MS;

  const keyOf = ({ key, value }: Flow): string | null => {
    if (value === null) return key;
    if (only === undefined) return null;
    const row = value as Readonly<Record<string, unknown>>;
    if (others.length > 0) return keyText(contract.key.map((field) => row[field]));
    const single = row[only];
    return typeof single === 'string' ? single : keyText([single]);
  };

  /** The clock is looked at only for times that may be too far ahead. */
  const timestampOf = (timeMs: number): number => {
    if (timeMs > aheadMs) aheadMs = nowMs() + AHEAD_MAX_MS;
    return Math.trunc(Math.max(0, Math.min(timeMs, aheadMs)));
  };

  return {
    write(flow) {
      const text = keyOf(flow);
      if (text === null && flow.value === null) {
        throw new MillraceError('transform.record-unreadable', 'a deletion has no key');
      }
      const keyBytes = text === null ? 0 : keys.put(text);
      const to = text === null ? keyless : partitionForKey(keys.buffer, partitions, keyBytes);
      const lane = lanes[to]!;
      const { writer } = lane;
      const at = writer.begin(
        text === null ? null : keys.buffer,
        keyBytes,
        timestampOf(flow.timeMs),
      );
      let end = -1;
      if (flow.value !== null) {
        for (;;) {
          const { buffer } = writer;
          const datum = at + FRAME_HEADER_BYTES;
          if (datum < buffer.length) end = writeRecord(flow.value, buffer, datum);
          if (end >= 0) break;
          writer.grow();
        }
        writeFrameHeader(writer.buffer, schemaId, at);
      }
      outbox.added(lane, writer.end(end));
      return true;
    },
  };
};
