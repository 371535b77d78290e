/**
 * The flow of the service, top to bottom: load the project's transforms → lay each out over topics, its own made →
 * leave out those that must not use the state that is there → run the others, in this thread (member.ts) or in
 * several (threads/) → answer questions about their state (queries/).
 */
import { createAdmin } from '@millrace/kafka';
import type { RunningService, Runtime } from '@millrace/runtime';
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
  const { logger } = runtime;
  const kafka = kafkaOf(config, logger);
  const admin = createAdmin(kafka);
  const planned = await planTransforms(config, admin);
  const accepting = { shapes: createShapeLog(kafka), admin, logger };
  const accepted = await acceptPlans(planned, config, accepting);
  await admin.close();
  const [refusal] = accepted.refused;
  for (const error of accepted.refused) logger.error({ err: error }, 'a transform does not run');

  const names = accepted.plans.map(({ transform }) => transform.name);
  const running =
    config.threads > 1 && names.length > 0
      ? await startThreads({ ...config, transforms: names }, runtime)
      : await startMember(config, accepted, runtime);
  const queries = await startStateServer(running.ask, config);
  return {
    ...running,
    details: {
      url: queries.url,
      transforms: planned.plans.map(({ transform }) => transform.name),
    },
    ready: () => refusal?.message ?? running.ready(),
    async stop() {
      await queries.close();
      await running.stop();
    },
  };
};
