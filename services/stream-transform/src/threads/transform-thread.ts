import { Worker } from 'node:worker_threads';
import { MillraceError } from '@millrace/contracts';
import type { Clock } from '@millrace/pipeline';
import type { MetricsSnapshot } from '@millrace/runtime';
import type { Ask, DescribedTask, StateAnswer } from '../queries/state-question.ts';
import { fromPortable } from './portable-error.ts';
import type { FromThread, ThreadData, ToThread } from './thread-messages.ts';

/** A thread as the main thread sees it. */
export interface TransformThread {
  /** Resolves when its member has started; rejects as `failed`. */
  readonly started: Promise<void>;
  /** Rejects with the error that ended it, or with `transform.thread-ended` when nothing tells why; never resolves. */
  readonly failed: Promise<never>;
  ready(): boolean | string;
  /** What it measures; of one that is too busy to answer in time, what it measured last. */
  measure(): Promise<MetricsSnapshot>;
  /** A thread that is too busy to answer in time is as one that restores. */
  readonly ask: Ask;
  /** What it has; of one that is too busy to answer in time, nothing. */
  tasks(): Promise<readonly DescribedTask[]>;
  /** Asks it to stop and waits for its end. Rejects when the stop failed. */
  stop(): Promise<void>;
  /** Ends it where it stands. */
  kill(): Promise<void>;
}

/** A busy thread gives way to its messages every few milliseconds. */
const ANSWER_TIMEOUT_MS = 2_000;

const busy: StateAnswer = { status: 503, body: { error: 'a thread is busy' } };

/**
 * Starts a thread.
 * @param told what it tells to the processes that watch this one
 */
export const startThread = (
  data: ThreadData,
  { clock, told }: { readonly clock: Clock; told(line: string): void },
): TransformThread => {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: data });
  const started = Promise.withResolvers<void>();
  const failed = Promise.withResolvers<never>();
  const ended = Promise.withResolvers<void>();
  let isStopping = false;
  let ready: boolean | string = 'a thread is starting';
  let snapshot: MetricsSnapshot = [];
  let measured: PromiseWithResolvers<void> | undefined;
  const asked = new Map<number, (answer: never) => void>();
  let questions = 0;
  const say = (message: ToThread) => worker.postMessage(message);
  const fail = (error: unknown): void => {
    for (const promise of [started, failed, ended]) promise.reject(error);
  };
  for (const { promise } of [started, failed, ended]) promise.catch(() => undefined);

  worker.on('message', (message: FromThread) => {
    if (message.kind === 'started') started.resolve();
    else if (message.kind === 'ready') ready = message.ready;
    else if (message.kind === 'told') told(message.line);
    else if (message.kind === 'failed') fail(fromPortable(message.error));
    else if (message.kind === 'answered') asked.get(message.id)?.(message.answer as never);
    else if (message.kind === 'described') asked.get(message.id)?.(message.tasks as never);
    else {
      snapshot = message.snapshot;
      measured?.resolve();
      measured = undefined;
    }
  });
  worker.on('error', fail);
  worker.on('exit', (exitCode) => {
    if (!isStopping || exitCode !== 0) {
      const what = `thread ${data.thread} ended with exit code ${exitCode}`;
      fail(new MillraceError('transform.thread-ended', what));
    }
    ended.resolve();
  });

  /** What the thread answers, or `otherwise` when that takes too long. */
  const inTime = async <T>(question: (id: number) => ToThread, otherwise: T): Promise<T> => {
    questions += 1;
    const id = questions;
    const { promise, resolve } = Promise.withResolvers<T>();
    asked.set(id, resolve);
    say(question(id));
    const answered = new AbortController();
    const late = clock.sleep(ANSWER_TIMEOUT_MS, answered.signal).then(
      () => otherwise,
      () => otherwise,
    );
    const answer = await Promise.race([promise, late]);
    answered.abort();
    asked.delete(id);
    return answer;
  };

  return {
    started: started.promise,
    failed: failed.promise,
    ready: () => ready,
    async measure() {
      if (measured === undefined) {
        measured = Promise.withResolvers();
        say({ kind: 'measure' });
      }
      const answered = new AbortController();
      const late = clock.sleep(ANSWER_TIMEOUT_MS, answered.signal).catch(() => undefined);
      await Promise.race([measured.promise, late]);
      answered.abort();
      return snapshot;
    },
    ask: (question) => inTime((id) => ({ kind: 'ask', id, question }), busy),
    tasks: () => inTime<readonly DescribedTask[]>((id) => ({ kind: 'describe', id }), []),
    stop() {
      isStopping = true;
      say({ kind: 'stop' });
      return ended.promise;
    },
    async kill() {
      isStopping = true;
      await worker.terminate();
    },
  };
};
