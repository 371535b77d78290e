/** A thread of the service: a member of its own, told what to do by start-threads.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '@millrace/pipeline';
import { createLogger, createMetrics } from '@millrace/runtime';
import { runThread } from './run-thread.ts';
import type { ThreadData } from './thread-messages.ts';

const { thread, ...data } = workerData as ThreadData;
const service = 'stream-transform';
await runThread(data, parentPort!, {
  logger: createLogger({ service, level: data.config.logLevel, thread }),
  metrics: createMetrics(service),
  clock: systemClock,
});
// A connection that is still closing does not hold up the thread.
process.exit();
