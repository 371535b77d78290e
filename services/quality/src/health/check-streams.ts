/**
 * Counting on demand: who asks is answered at once, the work goes on by itself, one at a time, and is told how far it is. Each is in the
 * audit, begun and ended. Which way a stream is counted is checkable.ts; the rounds that count by themselves are not touched.
 */
import { MillraceError } from '@millrace/contracts';
import type { StreamCheckRun } from '@millrace/operations';
import type { Clock, Logger } from '@millrace/pipeline';
import type { Audit } from '../audit/audit.ts';
import type { WatchedStream } from './watched-stream.ts';

export interface CheckStreamsOptions {
  readonly audit: Pick<Audit, 'record'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Does it, and tells what it does and how far it is, 0 to 1. */
  work(stream: WatchedStream, tell: (step: string, share: number) => void): Promise<void>;
  /** What came out, for who asked and for the audit. */
  result(stream: WatchedStream): Pick<StreamCheckRun, 'counts' | 'dimension'>;
}

export interface StreamChecks {
  /** Undefined before the first. */
  last(stream: WatchedStream): StreamCheckRun | undefined;
  /** Begins one; of a stream that is being counted it gives that. Rejects with `operations.audit-unavailable`. */
  start(stream: WatchedStream, asker: Asker): Promise<StreamCheckRun>;
  /** When what runs has ended. */
  settled(): Promise<void>;
}

type Asker = Parameters<Audit['record']>[0];

const action = 'count stream again';

export const createStreamChecks = (options: CheckStreamsOptions): StreamChecks => {
  const { audit, clock, logger, work, result } = options;
  const runs = new Map<WatchedStream, StreamCheckRun>();
  let queue: Promise<void> = Promise.resolve();

  const change = (stream: WatchedStream, more: Partial<StreamCheckRun>): StreamCheckRun => {
    const next = { ...runs.get(stream)!, ...more };
    runs.set(stream, next);
    return next;
  };

  /** Never rejects. */
  const run = async (stream: WatchedStream): Promise<'done' | 'failed'> => {
    try {
      await work(stream, (step, share) => change(stream, { step, share }));
      const end = { endedMs: clock.nowMs(), step: '', share: 1 };
      change(stream, { state: 'done', ...end, ...result(stream) });
      return 'done';
    } catch (error) {
      const isCoded = error instanceof MillraceError;
      if (!isCoded) logger.error({ err: error }, 'a stream could not be counted again');
      const code = isCoded ? error.code : 'operations.internal';
      const message = error instanceof Error ? error.message : String(error);
      const end = { endedMs: clock.nowMs(), step: '' };
      change(stream, { state: 'failed', ...end, error: { code, message } });
      return 'failed';
    }
  };

  const begin = async (stream: WatchedStream, id: string, asker: Asker): Promise<void> => {
    const outcome = await run(stream);
    const detail = detailOf(runs.get(stream)!);
    const subject = stream.contract.id;
    await audit
      .record(asker, { id, action, subject, outcome, detail })
      .catch((error: unknown) =>
        logger.error({ err: error, id }, 'the end of an action could not be recorded'),
      );
  };

  return {
    last: (stream) => runs.get(stream),
    start: async (stream, asker) => {
      const known = runs.get(stream);
      if (known?.state === 'running') return known;
      const started: StreamCheckRun = {
        ...{ state: 'running', by: asker.actor?.name ?? 'anybody', startedMs: clock.nowMs() },
        ...{ endedMs: null, step: 'waits for its turn', share: 0, error: null },
        ...{ counts: null, dimension: null },
      };
      runs.set(stream, started);
      const subject = stream.contract.id;
      const id = await audit
        .record(asker, { action, subject, outcome: 'begun' })
        .catch((error: unknown) => {
          // nothing was begun
          if (known === undefined) runs.delete(stream);
          else runs.set(stream, known);
          throw error;
        });
      queue = queue.then(() => begin(stream, id, asker));
      return started;
    },
    settled: () => queue,
  };
};

const detailOf = ({ counts, dimension, error }: StreamCheckRun): string => {
  if (error !== null) return error.code;
  if (counts !== null) return `${counts.missing} missing, ${counts.double} double`;
  if (dimension === null) return '';
  const { missing, surplus, different } = dimension;
  return `${missing} missing, ${surplus} too many, ${different} different`;
};
