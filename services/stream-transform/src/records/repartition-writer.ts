import { partitionForKey, type RecordPack } from '@millrace/kafka';
import type { Flow } from '@millrace/streams';
import type { RepartitionOutputPlan } from '../plan/transform-plan.ts';
import { packedCodec } from './packed-codec.ts';
import { HEAD_BYTES_MAX, PAYLOAD, type Payload, writeHead } from './repartition-records.ts';
import type { PlacedRecord } from './sink-writer.ts';

/** Encodes records that change partition by their key. */
export interface RepartitionWriter {
  /** Undefined for a record without a key: it has nowhere to go. */
  write(flow: Flow): PlacedRecord | undefined;
  /** The record that is being read; passed on as the bytes that it is when it comes out as it came in. */
  reading(source: string, pack: RecordPack, index: number, value: unknown): void;
}

const noBytes = Buffer.alloc(0);
const head = Buffer.alloc(HEAD_BYTES_MAX);

/** @param framedFrom the source whose records pass without change, where there is one */
export const createRepartitionWriter = (
  { node, partitions }: RepartitionOutputPlan,
  framedFrom: string | undefined,
): RepartitionWriter => {
  const { codec } = node;
  let pack: RecordPack | undefined;
  let index = 0;
  let current: unknown;

  const withHead = (payload: Payload, { timeMs, watermarkMs }: Flow, bytes: Uint8Array): Buffer => {
    const end = writeHead(head, 0, payload, timeMs, watermarkMs);
    const value = Buffer.allocUnsafe(end + bytes.length);
    head.copy(value, 0, 0, end);
    value.set(bytes, end);
    return value;
  };

  const payloadOf = (flow: Flow): Buffer => {
    const { value } = flow;
    if (value === null) return withHead(PAYLOAD.none, flow, noBytes);
    if (codec !== undefined) return withHead(PAYLOAD.codec, flow, codec.encode(value));
    if (pack !== undefined && value === current) {
      const bytes = pack.bytes.subarray(pack.valueStarts[index]!, pack.valueEnds[index]!);
      return withHead(PAYLOAD.framed, flow, bytes);
    }
    return withHead(PAYLOAD.packed, flow, packedCodec.encode(value));
  };

  return {
    write(flow) {
      if (flow.key === null) return undefined;
      const key = Buffer.from(flow.key);
      return {
        partition: partitionForKey(key, partitions),
        record: { key, value: payloadOf(flow), timestampMs: Math.max(0, flow.timeMs) },
      };
    },
    reading(source, from, at, value) {
      if (source !== framedFrom) return;
      pack = from;
      index = at;
      current = value;
    },
  };
};
