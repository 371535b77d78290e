/** One source from open to end: producer, positions and loader of a session, and sessions again while they help. */
import {
  ingestPositionsTopic,
  ingestPositionsTopicSettings,
  MillraceError,
  topicConfig,
} from '@millrace/contracts';
import { type Admin, createTransactionalProducer, type KafkaConnection } from '@millrace/kafka';
import { type Clock, pauseMs, type RetryPolicy } from '@millrace/pipeline';
import type { LoadTally } from './load-tally.ts';
import { type LoaderOptions, type LoadSession, openLoadSession } from './loader.ts';
import { createPositionLog } from './positions.ts';
import type { PullSource, SourcePart } from './pull-source.ts';
import type { TakeRows } from './take-rows.ts';

/** How long Kafka keeps a dead loader's transaction open when no other takes over, ms. */
const transactionTimeoutMs = 60_000;

export interface SessionOptions {
  /** Name of the source: its positions and its fence. */
  readonly name: string;
  readonly source: PullSource;
  readonly connection: KafkaConnection;
  readonly admin: Admin;
  readonly takeRowsOf: (part: SourcePart) => TakeRows;
  /** Topics that its rows may go to. */
  readonly topics: readonly string[];
  readonly tally: LoadTally;
  /** As of LoaderOptions. */
  readonly isUndecided?: NonNullable<LoaderOptions['isUndecided']>;
  /** As of LoaderOptions: rows wait for it. */
  readonly opened: () => Promise<void>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Creates the topic of positions where it is missing. Rejects with kafka.*. */
export const ensurePositionsTopic = async (admin: Admin): Promise<void> => {
  const { name, partitions, replicationFactor } = ingestPositionsTopicSettings;
  const config = topicConfig(ingestPositionsTopicSettings);
  await admin.createTopics([{ name, partitions, replicationFactor, config }]);
};

/** Takes the source over and hands its session to `work`; closes it whatever comes. */
export const withLoadSession = async <T>(
  options: SessionOptions,
  work: (session: LoadSession) => Promise<T>,
): Promise<T> => {
  const { name, connection, opened, topics } = options;
  const producer = createTransactionalProducer(connection, {
    transactionalId: `millrace.ingest.source.${name}`,
    transactionTimeoutMs,
    reach: { topics: [ingestPositionsTopic, ...topics] },
  });
  try {
    const positionPartitions = await producer.partitionCount(ingestPositionsTopic);
    const positions = createPositionLog(connection, name, positionPartitions);
    const session = await openLoadSession({ ...options, output: { producer, positions, opened } });
    return await work(session);
  } finally {
    await producer.close();
  }
};

export interface RepeatOptions {
  readonly policyFor: (error: MillraceError) => RetryPolicy;
  /** Failures in a row without a row of progress, after which the error is given up on. Absent: never. */
  readonly attempts?: number;
  /** Also errors that say that repeating does not help: somebody may cure them meanwhile. */
  readonly repeatsAll: boolean;
  /** Grows with what is done. */
  readonly progress: () => number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Told before each pause. */
  readonly observe: (error: MillraceError, delayMs: number) => void;
}

/** Runs sessions until one ends by itself. Nothing is carried from one to the next, so a repeat is safe. */
export const repeatSessions = async (
  session: () => Promise<void>,
  { policyFor, attempts, repeatsAll, progress, clock, signal, observe }: RepeatOptions,
): Promise<void> => {
  let before = progress();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await session();
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof MillraceError)) throw error;
      if (!error.retryable && !repeatsAll) throw error;
      if (progress() > before) attempt = 1;
      before = progress();
      if (attempts !== undefined && attempt >= attempts) throw error;
      const delayMs = pauseMs(policyFor(error), attempt);
      observe(error, delayMs);
      await clock.sleep(delayMs, signal);
    }
  }
};
