/** Everything that one capture wrote: every topic below its prefix, each record decoded with its own schemas. */
import {
  compileReader,
  createRegistryClient,
  type DatumReader,
  frameSchemaId,
} from '@millrace/avro';
import { createAdmin, type KafkaConnection, readPartition } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import type { StackEndpoints } from '@millrace/stack';

export interface Side {
  readonly schema: unknown;
  readonly datum: unknown;
}

export interface CapturedRecord {
  readonly key: Side | null;
  /** Null: a tombstone. */
  readonly value: Side | null;
  /** Keys in the wire format are decoded, text stays text. */
  readonly headers: Readonly<Record<string, unknown>>;
}

/** By topic, the prefix replaced; in the order of the topic's one partition. */
export type Capture = ReadonlyMap<string, readonly CapturedRecord[]>;

/** What stands for the prefix of either capture in names, schemas and values. */
const PREFIX = 'PREFIX';

const createDecoder = (registryUrl: string, prefix: string) => {
  const registry = createRegistryClient({ url: registryUrl });
  const known = new Map<number, { readonly read: DatumReader; readonly schema: unknown }>();
  return async (bytes: Buffer): Promise<Side> => {
    const id = frameSchemaId(bytes) ?? 0;
    let reader = known.get(id);
    if (reader === undefined) {
      const { schemaText } = await registry.schemaById(id);
      const schema: unknown = JSON.parse(schemaText.replaceAll(prefix, PREFIX));
      reader = { read: compileReader(schemaText), schema };
      known.set(id, reader);
    }
    return { schema: reader.schema, datum: readable(reader.read(bytes.subarray(5)), prefix) };
  };
};

/** Plain JSON: bytes as hex, long integers as digits, what is no number as its name. */
const readable = (datum: unknown, prefix: string): unknown => {
  if (typeof datum === 'bigint') return String(datum);
  if (typeof datum === 'number') return Number.isInteger(datum) ? String(datum) : `${datum}`;
  if (typeof datum === 'string') return datum.replaceAll(prefix, PREFIX);
  if (Buffer.isBuffer(datum)) return `0x${datum.toString('hex')}`;
  if (Array.isArray(datum)) return datum.map((item) => readable(item, prefix));
  if (datum === null || typeof datum !== 'object') return datum;
  return Object.fromEntries(
    Object.entries(datum).map(([name, value]) => [name, readable(value, prefix)]),
  );
};

/** @param prefix of its topics; theirs must not be the beginning of ours */
export async function readCapture(
  endpoints: Pick<StackEndpoints, 'kafkaBrokers' | 'registryUrl'>,
  prefix: string,
): Promise<Capture> {
  const connection: KafkaConnection = {
    brokers: endpoints.kafkaBrokers.split(','),
    clientId: 'compat',
    logger: silentLogger,
  };
  const decode = createDecoder(endpoints.registryUrl, prefix);
  const admin = createAdmin(connection);
  const topics = (await admin.listTopics()).filter((topic) => topic.includes(prefix)).sort();
  await admin.close();
  const capture = new Map<string, CapturedRecord[]>();
  for (const topic of topics) {
    if (topic.startsWith('_millrace')) continue;
    const records: CapturedRecord[] = [];
    capture.set(topic.replace(prefix, PREFIX), records);
    const source = { topic, partition: 0, fromOffset: 0, isolation: 'read_committed' } as const;
    for await (const { key, value, headers } of readPartition(connection, source)) {
      const shown = Object.entries(headers).map(async ([name, bytes]) => [
        name,
        bytes[0] === 0 ? await decode(bytes) : bytes.toString(),
      ]);
      records.push({
        key: key === null ? null : await decode(key),
        value: value === null ? null : await decode(value),
        headers: Object.fromEntries(await Promise.all(shown)),
      });
    }
  }
  return capture;
}
