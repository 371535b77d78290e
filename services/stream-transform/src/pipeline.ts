/**
 * The flow of the service, top to bottom: load the project's transforms → lay each out over topics, its own made →
 * leave out those that must not use the state that is there → open the port for questions about state (queries/), whose
 * URL goes to the other instances → run the others, in this thread (member.ts) or in several (threads/). With letters to be
 * taken again it does that alone and ends (again/).
 */
import { randomUUID } from 'node:crypto';
import { createAdmin } from '@millrace/kafka';
import type { RunningService, Runtime } from '@millrace/runtime';
import { takeAgain } from './again/take-again.ts';
import type { TransformConfig } from './config.ts';
import { acceptPlans } from './evolution/accept-plans.ts';
import { createShapeLog } from './evolution/shape-log.ts';
import { kafkaOf } from './kafka-connection.ts';
import { startMember } from './member.ts';
import { planTransforms } from './plan/plan-transforms.ts';
import { startStateServer } from './queries/state-server.ts';
import { startThreads } from './threads/start-threads.ts';

export const startTransforms = async (
  config: TransformConfig,
  runtime: Runtime,
): Promise<RunningService> => {
  if (config.again.length > 0) return takeAgain(config, runtime);
  const { logger } = runtime;
  const kafka = kafkaOf(config, logger);
  const admin = createAdmin(kafka);
  const planned = await planTransforms(config, admin);
  const accepting = { shapes: createShapeLog(kafka), admin, logger };
  const accepted = await acceptPlans(planned, config, accepting);
  await admin.close();
  const [refusal] = accepted.refused;
  for (const error of accepted.refused) logger.error({ err: error }, 'a transform does not run');

  const server = await startStateServer(config);
  const self = { processId: randomUUID(), endpoint: server.endpoint };
  const names = accepted.plans.map(({ transform }) => transform.name);
  const starting =
    config.threads > 1 && names.length > 0
      ? startThreads({ ...config, transforms: names }, runtime, self)
      : startMember(config, accepted, runtime, self);
  const running = await starting.catch(async (error: unknown) => {
    await server.close();
    throw error;
  });
  server.serve(running);
  return {
    ...running,
    details: {
      url: server.url,
      transforms: planned.plans.map(({ transform }) => transform.name),
    },
    ready: () => refusal?.message ?? running.ready(),
    async stop() {
      await server.close();
      await running.stop();
    },
  };
};
