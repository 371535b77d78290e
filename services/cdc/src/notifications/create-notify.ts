/** Notifications as Avro records of their topic. */
import { randomUUID } from 'node:crypto';
import { partitionForKey } from '@millrace/kafka';
import {
  type AvroOutput,
  createAvroOutput,
  writeByte,
  writeFrame,
  writeLong,
  writeText,
} from '../columns/avro-output.ts';
import type { Notify } from './notification.ts';

export interface NotificationTopic {
  readonly topic: string;
  readonly partitions: number;
  readonly keySchemaId: number;
  readonly valueSchemaId: number;
  /** Debezium's connector name: the topic prefix. */
  readonly connectorName: string;
}

const FIXED_BYTES = 128;
const BYTES_PER_ENTRY = 16;

const written = (bytesMax: number, schemaId: number, write: (out: AvroOutput) => void): Buffer => {
  const out = createAvroOutput(Buffer.allocUnsafe(FIXED_BYTES + bytesMax));
  writeFrame(out, schemaId);
  write(out);
  return out.bytes.subarray(0, out.position);
};

export const createNotify = (target: NotificationTopic, nowMs: () => number): Notify => {
  const { connectorName, keySchemaId, partitions, topic, valueSchemaId } = target;
  return ({ data, id = randomUUID(), kind, type }) => {
    const entries = Object.entries({ connector_name: connectorName, ...data });
    const texts = [id, ...entries.flat()];
    const bytesMax = texts.reduce((sum, text) => sum + 3 * text.length + BYTES_PER_ENTRY, 0);
    const key = written(bytesMax, keySchemaId, (out) => writeText(out, id));
    const value = written(bytesMax, valueSchemaId, (out) => {
      for (const text of [id, type, kind]) writeText(out, text);
      writeByte(out, 2);
      writeLong(out, entries.length);
      for (const text of entries.flat()) writeText(out, text);
      writeByte(out, 0);
      writeLong(out, nowMs());
    });
    return [{ topic, partition: partitionForKey(key, partitions), records: [{ key, value }] }];
  };
};
