/** One source for good: all that is there, then what comes; after an error it pauses and begins at its position. */
import { MillraceError } from '@millrace/contracts';
import type { Admin, KafkaConnection } from '@millrace/kafka';
import type { Clock, Logger } from '@millrace/pipeline';
import type { RejectedLog } from '../../quarantine/rejected-log.ts';
import type { Stream } from '../../stream.ts';
import { repeatSessions, withLoadSession } from '../load-session.ts';
import { createLoadTally } from '../load-tally.ts';
import { type PullGates, shutText } from '../open-gates.ts';
import type { PullSource } from '../pull-source.ts';
import { takeRowsFor } from '../sources/open-source.ts';
import type { SourceDeclaration } from '../sources/source-declaration.ts';
import type { PullMetrics } from './pull-metrics.ts';

export interface FollowOptions {
  readonly declaration: SourceDeclaration;
  readonly source: PullSource;
  readonly stream: Stream;
  /** Where rejected rows are kept; absent where the contract says `rejected: drop`. */
  readonly log?: RejectedLog;
  readonly gates: PullGates;
  readonly directory: string;
  readonly connection: KafkaConnection;
  readonly admin: Admin;
  readonly metrics: PullMetrics;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Aborts when the source is somebody else's or the service stops. */
  readonly signal: AbortSignal;
}

const policy = { initialMs: 1000, multiplier: 2, maxMs: 300_000, jitter: 0.2 };
/** Somebody loads the source by hand: taking it back at once would end that load. */
const takenPolicy = { ...policy, initialMs: 60_000 };

/** Resolves when the signal aborts; rejects only for bugs. */
export const followSource = async (options: FollowOptions): Promise<void> => {
  const { declaration, source, stream, log, metrics, logger, clock, signal } = options;
  const labels = { source: declaration.name };
  const tally = observedTally(options);
  const sourceOptions = { ...options, contract: stream.contract };
  const takeRowsOf = takeRowsFor(sourceOptions, source, stream, tally, log);
  const { id } = stream.contract;
  const opened = async (): Promise<void> => {
    let isShut = false;
    await options.gates.opened(id, signal, (why) => {
      isShut = true;
      metrics.state.set(labels, 0);
      logger.warn(
        { code: 'ingest.stream-stopped', ...labels },
        `source pauses: ${shutText(id, why)}`,
      );
    });
    if (isShut) metrics.state.set(labels, 1);
  };
  const topics = [stream.contract.topic.name, ...(log === undefined ? [] : [log.topic])];
  const session = () =>
    withLoadSession(
      { ...options, name: declaration.name, takeRowsOf, tally, opened, topics },
      async ({ loadAll }) => {
        metrics.state.set(labels, 1);
        for (;;) {
          await loadAll();
          metrics.checkedSeconds.set(labels, clock.nowMs() / 1000);
          await source.changed(signal);
          signal.throwIfAborted();
        }
      },
    );
  try {
    await repeatSessions(session, {
      ...{ repeatsAll: true, clock, signal },
      policyFor: ({ code }) => (code === 'ingest.source-taken' ? takenPolicy : policy),
      progress: () => tally.counts().committed,
      observe: (error, delayMs) => {
        metrics.errors.inc({ ...labels, code: error.code });
        metrics.state.set(labels, 0);
        const level = error.retryable ? 'warn' : 'error';
        logger[level]({ err: error, ...labels, delayMs }, 'source pauses');
      },
    });
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    metrics.state.remove(labels);
    await source.close();
  }
};

const observedTally = ({ declaration, metrics, logger }: FollowOptions) => {
  const labels = { source: declaration.name };
  return createLoadTally({
    read: (_part, batch, taken) => {
      metrics.readRows.inc(labels, batch.values.length);
      metrics.readBytes.inc(labels, batch.bytes);
      metrics.acceptedRows.inc(labels, taken.accepted);
    },
    refused: (_part, { code }) => metrics.rejectedRows.inc({ ...labels, code }),
    committed: () => metrics.transactions.inc(labels),
    end: (part, { failed }) => {
      if (failed === undefined) {
        metrics.finishedParts.inc(labels);
        return;
      }
      metrics.failedParts.inc(labels);
      const err = new MillraceError(failed.code, failed.message);
      logger.error({ err, ...labels, part: part.name }, 'cannot be read on; others are');
    },
  });
};
