/**
 * Writes a spool to Kafka, in order and once: each chunk of frames in a transaction together with the position behind
 * it. A process that is killed in between has written neither or both; the next one fences it, reads the position
 * and goes on there. When to drain, and what comes in meanwhile, is stream-outlet.ts.
 */
import { MillraceError, spoolPositionsTopic } from '@millrace/contracts';
import {
  createTransactionalProducer,
  type PartitionBatch,
  type TransactionalProducer,
} from '@millrace/kafka';
import type { FrameChunk } from './frame-log.ts';
import type { SpoolFrame } from './spool-frame.ts';
import { ensurePositionsTopic, positionRecord, readPosition } from './spool-position.ts';
import {
  claimOfSpooled,
  createWrittenClaims,
  type WrittenClaims,
  type WrittenClaimsOptions,
} from './written-claims.ts';

/** What became of a frame whose records had been given to the producer before it was taken. */
export type DirectOutcome = 'written' | 'not-written' | 'unknown';

export interface SpoolDrain {
  /** Shuts out whoever drained this spool before, and learns how far it came. Repeat it after any failure. */
  open(): Promise<void>;
  /** Writes the chunk's frames that are not written yet. Resolves to the number of records sent. */
  write(chunk: FrameChunk): Promise<number>;
  /** Nothing is left to write for now: gives back what comparing took. */
  rest(): void;
  close(): Promise<void>;
}

export interface SpoolDrainOptions extends WrittenClaimsOptions {
  readonly topic: string;
  /** Of this spool, for ever: the key of its position. */
  readonly spoolId: string;
  /** By sequence number; undefined: this process knows nothing of it. */
  readonly outcomeOf: (sequence: number) => DirectOutcome | undefined;
}

const DELIVERY_TIMEOUT_MS = 10_000;
/** Until then a dead door's open transaction hides what stands behind it. */
const TRANSACTION_TIMEOUT_MS = 15_000;

export const createSpoolDrain = (options: SpoolDrainOptions): SpoolDrain => {
  const { connection, admin, topic, spoolId } = options;
  let producer: TransactionalProducer | undefined;
  let position: number | undefined;
  /** What stands on the topic stays there: kept over failures, too. */
  let claims: WrittenClaims | undefined;

  /** The frame without the records that are on the topic already; undefined when nothing is left. */
  const withoutWritten = (
    frame: SpoolFrame,
    written: ReadonlySet<string>,
  ): SpoolFrame | undefined => {
    const records = frame.records.filter(
      (record) => !written.has(claimOfSpooled(record, options.rule)),
    );
    return records.length === 0 ? undefined : { ...frame, records };
  };

  const unwritten = async (frames: readonly SpoolFrame[]): Promise<readonly SpoolFrame[]> => {
    const open: SpoolFrame[] = [];
    const doubtful = new Set<SpoolFrame>();
    for (const frame of frames) {
      if (frame.sequence <= position!) continue;
      const outcome = options.outcomeOf(frame.sequence);
      if (outcome === 'written') continue;
      if (frame.compareFrom !== undefined && outcome !== 'not-written') doubtful.add(frame);
      open.push(frame);
    }
    if (doubtful.size === 0) return open;
    claims ??= createWrittenClaims(options, topic);
    const written = await claims.among([...doubtful]);
    return open.flatMap((frame) =>
      doubtful.has(frame) ? (withoutWritten(frame, written) ?? []) : frame,
    );
  };

  return {
    open: async () => {
      await ensurePositionsTopic(admin);
      producer ??= createTransactionalProducer(connection, {
        transactionalId: `millrace.ingest.spool-${spoolId}`,
        transactionTimeoutMs: TRANSACTION_TIMEOUT_MS,
        deliveryTimeoutMs: DELIVERY_TIMEOUT_MS,
        reach: { topics: [topic, spoolPositionsTopic] },
      });
      await producer.fence();
      position = await readPosition(options, spoolId);
    },
    write: async ({ frames }) => {
      const last = frames.at(-1)?.sequence ?? 0;
      if (last <= position!) return 0;
      const open = await unwritten(frames);
      const batches = byPartition(topic, open);
      const produced = await producer!.transaction((transaction) =>
        transaction.send([...batches, positionRecord(spoolId, last)]),
      );
      position = last;
      claims?.wrote(
        batches,
        produced.filter((landed) => landed.topic === topic),
      );
      return batches.reduce((sum, { records }) => sum + records.length, 0);
    },
    rest: () => {
      claims?.close();
      claims = undefined;
    },
    close: async () => {
      claims?.close();
      await producer?.close();
      producer = undefined;
    },
  };
};

const byPartition = (topic: string, frames: readonly SpoolFrame[]): PartitionBatch[] =>
  [...Map.groupBy(frames, ({ partition }) => partition)].map(([partition, group]) => ({
    topic,
    partition,
    records: group.flatMap(({ records }) => records),
  }));

/** True when waiting cures it: Kafka is away, or the transaction must be run again. */
export const passes = (error: unknown): boolean =>
  error instanceof MillraceError && error.retryable;
