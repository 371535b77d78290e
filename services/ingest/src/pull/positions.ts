/**
 * Where the states of a source's parts live: one compacted topic for all sources, by partition of their name. A
 * state is a record in the transaction of the rows that it counts, so both are there or neither is.
 */
import { ingestPositionsTopic, MillraceError } from '@millrace/contracts';
import {
  type KafkaConnection,
  type PartitionBatch,
  partitionForKey,
  readPartition,
} from '@millrace/kafka';
import type { PartState } from './pull-source.ts';

export interface PositionLog {
  /** The record to put into the transaction of the rows that the state counts. */
  recordOf(part: string, state: PartState): PartitionBatch;
  /**
   * The states as last committed. Call it after `fence`: from then on nobody else of this source can add one.
   * Throws `ingest.positions-invalid`, kafka.* errors.
   */
  read(signal: AbortSignal): Promise<Map<string, PartState>>;
}

export const createPositionLog = (
  connection: KafkaConnection,
  source: string,
  partitions: number,
): PositionLog => {
  const topic = ingestPositionsTopic;
  const partition = partitionForKey(Buffer.from(source), partitions);

  return {
    recordOf: (part, state) => ({
      topic,
      partition,
      records: [{ key: keyOf(source, part), value: Buffer.from(JSON.stringify(state)) }],
    }),
    read: async (signal) => {
      const states = new Map<string, PartState>();
      const where = { topic, partition, fromOffset: 0, isolation: 'read_committed' } as const;
      // another source's open transaction hides what comes behind it, ours too
      const awaitOpen = { signal };
      for await (const { key, value } of readPartition(connection, { ...where, awaitOpen })) {
        const part = partOf(source, key);
        if (part === undefined) continue;
        if (value === null) states.delete(part);
        else states.set(part, parseState(part, value));
      }
      return states;
    },
  };
};

/** A source's name holds no line break, so the first one ends it. */
const keyOf = (source: string, part: string): Buffer => Buffer.from(`${source}\n${part}`);

const partOf = (source: string, key: Buffer | null): string | undefined => {
  const text = key?.toString() ?? '';
  return text.startsWith(`${source}\n`) ? text.slice(source.length + 1) : undefined;
};

const parseState = (part: string, value: Buffer): PartState => {
  try {
    const state = JSON.parse(value.toString()) as PartState;
    if (typeof state.version === 'string' && Number.isSafeInteger(state.rows)) return state;
  } catch {
    // told below
  }
  throw new MillraceError(
    'ingest.positions-invalid',
    `The position of ${part} on ${ingestPositionsTopic} is not one.`,
  );
};
