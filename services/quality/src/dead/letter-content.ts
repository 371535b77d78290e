/**
 * One letter whole: its exact bytes from Kafka by its place, its headers as text, and the value as its writer's schema reads it. What not everybody may
 * read is masked in what is decoded; the bytes are the record, so who sees them is the route's matter.
 */
import {
  compileReader,
  FRAME_HEADER_BYTES,
  frameSchemaId,
  type RegistryClient,
} from '@millrace/avro';
import { deadTopic, MillraceError } from '@millrace/contracts';
import {
  type ConsumedRecord,
  type KafkaConnection,
  readPartition,
  recordAt,
} from '@millrace/kafka';
import type { DeadLetterContent } from '@millrace/operations';
import { changedRow, type LetterService, letterServices, ROW_HEADER } from './letter-row.ts';

export interface LetterId {
  readonly service: LetterService;
  readonly partition: number;
  readonly offset: number;
}

/** `sink:0:12`; undefined for other text. */
export const parseLetterId = (id: string): LetterId | undefined => {
  const match = /^([a-z-]+):(\d{1,9}):(\d{1,15})$/.exec(id);
  const service = letterServices.find((one) => one === match?.[1]);
  if (match === null || service === undefined) return undefined;
  return { service, partition: Number(match[2]), offset: Number(match[3]) };
};

/** Undefined when Kafka does not hold it (any more). Rejects with kafka.* errors. */
export const readRecordAt = (
  connection: KafkaConnection,
  topic: string,
  partition: number,
  offset: number,
): Promise<ConsumedRecord | undefined> =>
  recordAt((options) => readPartition(connection, options), topic, partition, offset);

export const readLetter = (
  connection: KafkaConnection,
  { service, partition, offset }: LetterId,
): Promise<ConsumedRecord | undefined> =>
  readRecordAt(connection, deadTopic(service), partition, offset);

const MASK = '(masked)';

/** Numbers that JSON cannot say and bytes as text; fields that are closed are not told, at whatever depth. */
export const maskedJson = (value: unknown, isClosed: (field: string) => boolean): unknown => {
  const plain = (one: unknown): unknown => {
    if (typeof one === 'bigint') return String(one);
    if (Buffer.isBuffer(one)) return one.toString('base64');
    if (Array.isArray(one)) return one.map(plain);
    if (one instanceof Date) return one.toISOString();
    if (typeof one !== 'object' || one === null) return one;
    return Object.fromEntries(
      Object.entries(one).map(([name, inner]) => [
        name,
        isClosed(name) && inner !== null ? MASK : plain(inner),
      ]),
    );
  };
  return plain(value);
};

interface Decoded {
  readonly decoded: unknown;
  readonly undecodedReason: string | null;
}

const undecoded = (undecodedReason: string): Decoded => ({ decoded: null, undecodedReason });

/** By the writer's schema; of a capture, whose value is PostgreSQL's own bytes, the row that is told beside it. */
export const decodeLetter = async (
  { value, headers }: ConsumedRecord,
  registry: Pick<RegistryClient, 'schemaById'>,
  isClosed: (field: string) => boolean,
): Promise<Decoded> => {
  const row = changedRow(headers);
  if (row !== undefined) return { decoded: maskedJson(row, isClosed), undecodedReason: null };
  if (value === null) return undecoded('The record has no value.');
  const schemaId = frameSchemaId(value);
  if (schemaId === undefined) return undecoded('The value does not begin with the wire header.');
  try {
    const { schemaText } = await registry.schemaById(schemaId);
    const datum = compileReader(schemaText)(value.subarray(FRAME_HEADER_BYTES));
    return { decoded: maskedJson(datum, isClosed), undecodedReason: null };
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    return undecoded(error.message);
  }
};

/** The parts of the content that come from the record. */
export const contentOf = async (
  record: ConsumedRecord,
  registry: Pick<RegistryClient, 'schemaById'>,
  isClosed: (field: string) => boolean,
): Promise<
  Pick<DeadLetterContent, 'headers' | 'key' | 'value' | 'decoded' | 'undecodedReason'>
> => ({
  headers: Object.entries(record.headers).map(([name, bytes]) => ({
    name,
    text:
      name === ROW_HEADER
        ? JSON.stringify(maskedJson(changedRow(record.headers) ?? null, isClosed))
        : String(bytes ?? ''),
  })),
  key: record.key?.toString('base64') ?? null,
  value: record.value?.toString('base64') ?? null,
  ...(await decodeLetter(record, registry, isClosed)),
});
