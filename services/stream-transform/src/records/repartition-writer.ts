import { partitionForKey, type RecordPack } from '@millrace/kafka';
import type { Flow } from '@millrace/streams';
import type { RepartitionOutputPlan } from '../plan/transform-plan.ts';
import type { Outbox } from '../task/outbox.ts';
import { createKeyBytes } from './key-bytes.ts';
import type { OutputWriter } from './output-writer.ts';
import { packedCodec } from './packed-codec.ts';
import { HEAD_BYTES_MAX, PAYLOAD, type Payload, writeHead } from './repartition-records.ts';

/**
 * Encodes records that change partition by their key. One that comes out of the stage as it came in passes on as
 * the bytes that it is.
 *
 * @param framedFrom the source whose records pass without change, where there is one
 */
export const createRepartitionWriter = (
  { node, topic, partitions }: RepartitionOutputPlan,
  outbox: Outbox,
  framedFrom: string | undefined,
): OutputWriter => {
  const { codec } = node;
  const lanes = Array.from({ length: partitions }, (_, index) => outbox.lane(topic, index));
  const keys = createKeyBytes();
  let pack: RecordPack | undefined;
  let index = 0;
  let current: unknown;

  const put = (flow: Flow, payload: Payload, bytes: Uint8Array, from: number, to: number): void => {
    const keyBytes = keys.put(flow.key!);
    const lane = lanes[partitionForKey(keys.buffer, partitions, keyBytes)]!;
    const { writer } = lane;
    const timeMs = Math.trunc(flow.timeMs);
    const at = writer.begin(keys.buffer, keyBytes, Math.max(0, timeMs));
    const length = to - from;
    while (at + HEAD_BYTES_MAX + length > writer.buffer.length) writer.grow();
    const { buffer } = writer;
    const start = writeHead(buffer, at, payload, timeMs, flow.watermarkMs);
    copyBytes(bytes, from, to, buffer, start);
    outbox.added(lane, writer.end(start + length));
  };

  return {
    write(flow) {
      const { key, value } = flow;
      if (key === null) return false;
      if (value === null) put(flow, PAYLOAD.none, noBytes, 0, 0);
      else if (pack !== undefined && value === current) {
        put(flow, PAYLOAD.framed, pack.bytes, pack.valueStarts[index]!, pack.valueEnds[index]!);
      } else {
        const bytes = (codec ?? packedCodec).encode(value);
        put(flow, codec === undefined ? PAYLOAD.packed : PAYLOAD.codec, bytes, 0, bytes.length);
      }
      return true;
    },
    ...(framedFrom !== undefined && {
      reading(source, from, at, value) {
        if (source !== framedFrom) return;
        pack = from;
        index = at;
        current = value;
      },
    }),
  };
};

const noBytes = Buffer.alloc(0);

/** Up to here bytes are copied one by one, which is quicker than a call. */
const SHORT_BYTES = 24;

const copyBytes = (from: Uint8Array, start: number, end: number, to: Buffer, at: number): void => {
  if (end - start > SHORT_BYTES) to.set(from.subarray(start, end), at);
  else for (let i = start; i < end; i += 1) to[at + i - start] = from[i]!;
};
