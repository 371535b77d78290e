/** The thread that follows the project's sources, as the door sees it. What happens in it is worker.ts. */
import { Worker } from 'node:worker_threads';
import type { Contract } from '@millrace/contracts';
import type { KafkaSettings } from '@millrace/kafka';
import type { Clock } from '@millrace/pipeline';
import { kafkaSettings, type Metrics, type MetricsSnapshot } from '@millrace/runtime';
import { followedSources, readSources } from '../sources/read-sources.ts';
import type { FromPullThread, PullThreadData, ToPullThread } from './pull-thread-messages.ts';

export interface PullThread {
  /** For the line that is logged at the start. */
  readonly details: Readonly<Record<string, unknown>>;
  /** Has the source look for new parts; false when there is none of this name. */
  notify(source: string): boolean;
  /** Rejects with the error that ended the thread; never resolves. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

export interface PullThreadOptions {
  readonly config: Omit<PullThreadData, 'kafka'> & KafkaSettings;
  readonly project: { readonly directory: string; readonly contracts: readonly Contract[] };
  readonly metrics: Metrics;
  readonly clock: Clock;
}

const answerTimeoutMs = 2000;

const never = new Promise<never>(() => undefined);

/** Without sources in the project there is no thread. Rejects with `config.source-invalid`. */
export const startPullThread = async (options: PullThreadOptions): Promise<PullThread> => {
  const { config, project, metrics, clock } = options;
  const declared = await readSources(project.directory, project.contracts, process.env);
  const sources = followedSources(declared).map(({ name }) => name);
  if (sources.length === 0)
    return { details: {}, notify: () => false, failed: never, stop: async () => undefined };
  const { project: path, registryUrl, eventBytesMax, logLevel, quarantineEventBytesMax } = config;
  const kafka = Object.fromEntries(
    Object.keys(kafkaSettings).map((name) => [name, config[name as keyof KafkaSettings]]),
  ) as unknown as KafkaSettings;
  const workerData: PullThreadData = {
    ...{ project: path, kafka, registryUrl, eventBytesMax, logLevel },
    quarantineEventBytesMax,
  };
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData });
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  let isStopping = false;
  worker.on('error', failed.reject);
  worker.once('exit', (code) => {
    if (!isStopping) failed.reject(new Error(`the thread of the sources ended with code ${code}`));
  });
  const say = (message: ToPullThread) => worker.postMessage(message);

  let snapshot: MetricsSnapshot = [];
  let measured = Promise.withResolvers<void>();
  worker.on('message', (message: FromPullThread) => {
    snapshot = message.snapshot;
    measured.resolve();
  });
  metrics.include(async () => {
    measured = Promise.withResolvers();
    say({ kind: 'measure' });
    const answered = new AbortController();
    // a thread that is busy with a batch shows what it measured last
    const late = clock.sleep(answerTimeoutMs, answered.signal).catch(() => undefined);
    await Promise.race([measured.promise, late]);
    answered.abort();
    return [snapshot];
  });

  return {
    details: { sources: sources.length },
    notify: (source) => {
      if (!sources.includes(source)) return false;
      say({ kind: 'notify', source });
      return true;
    },
    failed: failed.promise,
    stop: async () => {
      isStopping = true;
      say({ kind: 'stop' });
      await ended;
    },
  };
};
