/** Keeps a mirror going: sessions one after the other, new topics and partitions taken up, until it is told to end. */
import { MillraceError } from '@millrace/contracts';
import { createAdmin, type KafkaConnection, type TransactionalProducer } from '@millrace/kafka';
import { type Logger, pauseMs, type RetryPolicy, systemClock } from '@millrace/pipeline';
import { readGroupOffsets } from '../backup/group-offsets.ts';
import { chooseTopics } from './choose-topics.ts';
import { copyRecords, mirrorProducer } from './copy-records.ts';
import { makeMirrorLog, readMirrorLog } from './mirror-log.ts';
import { prepareTopics } from './prepare-topics.ts';

export interface MirrorOptions {
  readonly name: string;
  readonly from: KafkaConnection;
  readonly to: KafkaConnection;
  /** Patterns of topics; all when empty. */
  readonly patterns: readonly string[];
  readonly replicationFactor?: number;
  readonly isOnce: boolean;
  /** How often new topics and partitions are looked for, ms. */
  readonly lookEveryMs: number;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  copied(records: number): void;
}

const policy: RetryPolicy = { initialMs: 200, multiplier: 2, maxMs: 10_000, jitter: 0.3 };

/**
 * Resolves when it was told to end, or when all is copied with `isOnce`. A cluster that is away is waited for, except
 * with `isOnce`. Rejects with `mirror.*`, `config.invalid` and what no other try can mend.
 */
export async function runMirror(options: MirrorOptions): Promise<void> {
  // One producer for all sessions: once another mirror of this name has taken over, none of them takes back.
  const producer = mirrorProducer(options.to, options.name);
  try {
    await keepCopying(options, producer);
  } finally {
    await producer.close();
  }
}

async function keepCopying(options: MirrorOptions, producer: TransactionalProducer): Promise<void> {
  const { isOnce, logger, signal } = options;
  for (let attempt = 0; !signal.aborted; ) {
    const look = AbortSignal.any([
      signal,
      ...(isOnce ? [] : [AbortSignal.timeout(options.lookEveryMs)]),
    ]);
    try {
      await runSession(options, producer, look);
      if (isOnce) return;
      attempt = 0;
    } catch (error) {
      if (isOnce || !(error instanceof MillraceError) || !isWorthAnother(error)) throw error;
      attempt += 1;
      const delayMs = pauseMs(policy, attempt);
      logger.warn({ err: error, attempt, delayMs }, 'the mirror begins anew where its log ends');
      await systemClock.sleep(delayMs, signal).catch(() => undefined);
    }
  }
}

/** `kafka.fenced` is another mirror of this name, which has taken over: this one ends. */
const isWorthAnother = (error: MillraceError): boolean =>
  error.retryable || error.code === 'kafka.transaction-outcome-unknown';

async function runSession(
  options: MirrorOptions,
  producer: TransactionalProducer,
  signal: AbortSignal,
): Promise<void> {
  const { name, from, to, patterns, replicationFactor, isOnce, logger, copied } = options;
  const [source, copy] = [createAdmin(from), createAdmin(to)];
  try {
    const topics = chooseTopics(await source.listTopics(), patterns);
    await makeMirrorLog(copy, name, replicationFactor ?? (await replicationOf(source, topics)));
    await producer.fence();
    const tasks = await prepareTopics({
      ...{
        from: source,
        to: copy,
        copyConnection: to,
        topics,
        copied: (await readMirrorLog(to, name)).copied,
      },
      ...(replicationFactor !== undefined && { replicationFactor }),
    });
    const mirrored = new Set(topics);
    await copyRecords({
      ...{ name, from, producer, tasks, isOnce, signal, copied },
      groups: async () => {
        const found = await readGroupOffsets(from, source, (topic) => mirrored.has(topic));
        return found.map((one) => ({ ...one, atMs: systemClock.nowMs() }));
      },
      overtaken: (topic, partition, first, next) =>
        logger.error(
          { topic, partition, from: first, lost: next - first },
          'records were removed by retention before they were copied',
        ),
    });
  } finally {
    await Promise.all([source.close(), copy.close()]);
  }
}

const replicationOf = async (
  source: ReturnType<typeof createAdmin>,
  topics: readonly string[],
): Promise<number> =>
  Math.max(1, ...(await source.describeTopics(topics)).map((one) => one.replicationFactor));
