import { join } from 'node:path';
import type { Runtime } from '@millrace/runtime';
import type { TransformConfig } from '../config.ts';
import { bestAnswer, type QueriedService } from '../queries/state-question.ts';
import type { MemberSelf } from '../run-transform.ts';
import { startThread } from './transform-thread.ts';

/**
 * Runs the transforms that the settings name in threads, each a member of the group with tasks and state directory of
 * its own: a task that goes from one to another is never open on one file twice. When one fails, all is over:
 * the process is started again as a whole. Rejects with the error of a thread that cannot start.
 */
export const startThreads = async (
  config: TransformConfig,
  { metrics, clock, signal, presence }: Runtime,
  self: MemberSelf,
): Promise<QueriedService> => {
  const threads = Array.from({ length: config.threads }, (_, thread) => {
    const stateDir = join(config.stateDir, `thread-${thread}`);
    const { identity, port } = presence;
    const data = { thread, config: { ...config, stateDir }, self, presence: { identity, port } };
    return startThread(data, { clock, told: presence.tell });
  });
  const stop = async () => {
    await Promise.all(threads.map((thread) => thread.stop()));
  };
  // One that is still starting stops, too; what becomes of it is seen by whoever waits for it.
  signal.addEventListener('abort', () => void stop().catch(() => undefined), { once: true });
  try {
    await Promise.all(threads.map(({ started }) => started));
  } catch (error) {
    await Promise.all(threads.map((thread) => thread.kill()));
    throw error;
  }
  metrics.include(() => Promise.all(threads.map((thread) => thread.measure())));
  return {
    finished: Promise.race(threads.map(({ failed }) => failed)),
    ready: () => threads.map((thread) => thread.ready()).find((ready) => ready !== true) ?? true,
    ask: async (question) =>
      bestAnswer(await Promise.all(threads.map((thread) => thread.ask(question)))),
    tasks: async () => (await Promise.all(threads.map((thread) => thread.tasks()))).flat(),
    stop,
  };
};
