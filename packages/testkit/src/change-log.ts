/** A change topic read whole and decoded: what a consumer of row changes gets to see. */
import {
  compileReader,
  createRegistryClient,
  type DatumReader,
  frameSchemaId,
} from '@millrace/avro';
import type { StackEndpoints } from '@millrace/stack';
import { openReader } from './open-reader.ts';
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

const readersByText = new Map<string, DatumReader>();
/** Compiled once for a test's process, which reads the same topics again and again. */
const compiled = (schemaText: string): DatumReader => {
  const known = readersByText.get(schemaText) ?? compileReader(schemaText);
  readersByText.set(schemaText, known);
  return known;
};

type Endpoints = Pick<StackEndpoints, 'kafkaBrokers' | 'registryUrl'>;
type Patience = Pick<ReadCommittedOptions, 'patienceMs'>;

/**
 * A topic that is looked at again and again: each look reads on where the last one ended, and answers with all of it, in the order of each
 * partition, see `readCommitted`. An absent topic is empty. Not for one that is made anew, or compacted, between two looks.
 */
export const createChangeLog = (
  endpoints: Endpoints,
  topic: string,
): ((options?: Patience) => Promise<readonly ChangeRecord[]>) => {
  const { kafkaBrokers, registryUrl } = endpoints;
  const registry = createRegistryClient({ url: registryUrl });
  const decode = async (framed: Buffer) => {
    const { schemaText: text } = await registry.schemaById(frameSchemaId(framed) ?? 0);
    return { datum: compiled(text)(framed.subarray(5)), text };
  };
  const known = new Map<number, ChangeRecord[]>();
  const readOn = async (partition: number, options: Patience): Promise<readonly ChangeRecord[]> => {
    const own = known.get(partition) ?? [];
    known.set(partition, own);
    const fromOffset = (own.at(-1)?.offset ?? -1) + 1;
    const records = await readCommitted(kafkaBrokers, topic, { ...options, partition, fromOffset });
    const fresh: ChangeRecord[] = [];
    for (const { offset, key, value, headers } of records) {
      const decoded = value === null ? undefined : await decode(value);
      fresh.push({
        ...{ partition, offset, headers },
        key: key === null ? null : ((await decode(key)).datum as ChangeRecord['key']),
        value: decoded?.datum as ChangeEnvelope | undefined,
        valueSchemaText: decoded?.text,
      });
    }
    // another look may have read them meanwhile
    for (const one of fresh) if (one.offset > (own.at(-1)?.offset ?? -1)) own.push(one);
    return own;
  };
  return async (options = {}) => {
    const [state] = await openReader(kafkaBrokers).admin.describeTopics([topic]);
    const partitions = Array.from({ length: state?.partitions ?? 0 }, (_, number) => number);
    return (await Promise.all(partitions.map((one) => readOn(one, options)))).flat();
  };
};

/** All of the topic at once, as `createChangeLog` does. */
export const readChangeLog = (
  endpoints: Endpoints,
  topic: string,
  options: Patience = {},
): Promise<readonly ChangeRecord[]> => createChangeLog(endpoints, topic)(options);
