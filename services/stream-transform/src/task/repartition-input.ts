import { FRAME_HEADER_BYTES, frameSchemaId } from '@millrace/avro';
import { MillraceError } from '@millrace/contracts';
import { recordKeyText } from '@millrace/kafka';
import type { RepartitionInputPlan } from '../plan/transform-plan.ts';
import type { ReadOldPartial } from '../records/old-partials.ts';
import { packedCodec } from '../records/packed-codec.ts';
import {
  isMarker,
  PAYLOAD,
  type RepartitionHead,
  readHead,
  readMarker,
} from '../records/repartition-records.ts';
import type { SchemaReaders } from '../records/schema-readers.ts';
import type { TopicInput } from './topic-input.ts';

/**
 * A topic in which records of this transform change partition.
 *
 * @param schemas readers of the source whose records come as the bytes that they were, where there is one
 * @param old partial results below an offset that are of the folds before a migration
 */
export const createRepartitionInput = (
  { node, topic }: RepartitionInputPlan,
  index: number,
  schemas: SchemaReaders | undefined,
  old?: { readonly before: number; readonly read: ReadOldPartial },
): TopicInput => {
  const head: RepartitionHead = { payload: PAYLOAD.none, timeMs: 0, watermarkMs: 0, start: 0 };

  /** Undefined: the schema is not known yet. */
  const payloadOf = (bytes: Buffer, end: number): unknown => {
    const { payload, start } = head;
    switch (payload) {
      case PAYLOAD.none:
        return null;
      case PAYLOAD.framed:
        return readFramed(schemas!, bytes, start, end);
      case PAYLOAD.codec:
        return node.codec!.decode(bytes.subarray(start, end));
      case PAYLOAD.packed:
        return packedCodec.decode(bytes.subarray(start, end));
    }
  };

  return {
    topic,
    indexes: [index],
    sources: [],
    take(pack, at, { running, time }) {
      const { bytes } = pack;
      const start = pack.valueStarts[at]!;
      if (start < 0) throw new MillraceError('transform.record-unreadable', 'it has no value');
      if (isMarker(bytes, start)) {
        const { sender, marker } = readMarker(bytes, start);
        time.mark(index, sender, marker);
        return true;
      }
      readHead(bytes, start, pack.timestampsMs[at]!, head);
      const end = pack.valueEnds[at]!;
      const isOld = old !== undefined && pack.offsets[at]! < old.before;
      const value = isOld
        ? old.read(bytes.subarray(head.start, end), recordKeyText(pack, at) ?? '')
        : payloadOf(bytes, end);
      if (value === undefined) return false;
      const { timeMs } = head;
      const watermarkMs = time.received(head.watermarkMs);
      running.push(index, { key: recordKeyText(pack, at), value, timeMs, watermarkMs });
      return true;
    },
    async learn(pack, at, signal) {
      readHead(pack.bytes, pack.valueStarts[at]!, 0, head);
      const id = frameSchemaId(pack.bytes, head.start, pack.valueEnds[at]!);
      if (id !== undefined) await schemas!.learn(id, signal);
    },
  };
};

const readFramed = (schemas: SchemaReaders, bytes: Buffer, start: number, end: number): unknown => {
  const id = frameSchemaId(bytes, start, end);
  if (id === undefined) throw new MillraceError('transform.record-unreadable', 'it is not framed');
  const verdict = schemas.of(id);
  if (verdict?.kind === 'refused') throw verdict.error;
  return verdict?.kind === 'read'
    ? verdict.read(bytes, start + FRAME_HEADER_BYTES, end)
    : undefined;
};
