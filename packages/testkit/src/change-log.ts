/** A change topic read whole and decoded: what a consumer of row changes gets to see. */
import {
  compileReader,
  createRegistryClient,
  type DatumReader,
  frameSchemaId,
} from '@millrace/avro';
import { createAdmin } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import type { StackEndpoints } from '@millrace/stack';
import { type ReadCommittedOptions, readCommitted } from './read-committed.ts';

export interface ChangeEnvelope {
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
  readonly source: Readonly<Record<string, unknown>>;
  readonly op: string;
}

export interface ChangeRecord {
  readonly partition: number;
  readonly offset: number;
  readonly key: Readonly<Record<string, unknown>> | null;
  /** Absent: a tombstone. */
  readonly value: ChangeEnvelope | undefined;
  readonly valueSchemaText: string | undefined;
  readonly headers: Readonly<Record<string, Buffer>>;
}

/** Committed records of all partitions, in the order of each partition, see `readCommitted`. An absent topic is empty. */
export async function readChangeLog(
  endpoints: Pick<StackEndpoints, 'kafkaBrokers' | 'registryUrl'>,
  topic: string,
  options: Pick<ReadCommittedOptions, 'patienceMs'> = {},
): Promise<readonly ChangeRecord[]> {
  const connection = {
    brokers: endpoints.kafkaBrokers.split(','),
    clientId: 'testkit',
    logger: silentLogger,
  };
  const registry = createRegistryClient({ url: endpoints.registryUrl });
  const readers = new Map<number, { readonly read: DatumReader; readonly text: string }>();
  const decode = async (framed: Buffer) => {
    const id = frameSchemaId(framed) ?? 0;
    let reader = readers.get(id);
    if (reader === undefined) {
      const { schemaText } = await registry.schemaById(id);
      reader = { read: compileReader(schemaText), text: schemaText };
      readers.set(id, reader);
    }
    return { datum: reader.read(framed.subarray(5)), text: reader.text };
  };
  const admin = createAdmin(connection);
  const states = await admin.describeTopics([topic]).finally(() => admin.close());
  const changes: ChangeRecord[] = [];
  for (let partition = 0; partition < (states[0]?.partitions ?? 0); partition++) {
    const records = await readCommitted(endpoints.kafkaBrokers, topic, { ...options, partition });
    for (const { offset, key, value, headers } of records) {
      const decoded = value === null ? undefined : await decode(value);
      changes.push({
        ...{ partition, offset, headers },
        key: key === null ? null : ((await decode(key)).datum as ChangeRecord['key']),
        value: decoded?.datum as ChangeEnvelope | undefined,
        valueSchemaText: decoded?.text,
      });
    }
  }
  return changes;
}
