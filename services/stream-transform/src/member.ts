/**
 * One member of each transform's group, with the tasks that it is given: register what is written → read global
 * tables → join → for every task: fence, read what is committed, restore, and then read → process → commit
 * (outputs, state and offsets at once). A process has one, or one a thread. This file builds the parts and runs them;
 * a task's life is `task/task.ts`, what it does with a record `task/stage-runner.ts`.
 */
import { createRegistryClient } from '@millrace/avro';
import { createFloodControl, type FloodControl, floodLimits } from '@millrace/dead-letters';
import { createAdmin, createPeers } from '@millrace/kafka';
import type { Runtime } from '@millrace/runtime';
import type { TransformConfig } from './config.ts';
import { createShapeLog } from './evolution/shape-log.ts';
import { stateShapeOf } from './evolution/state-shape.ts';
import { followGlobalTables } from './global-tables/follow-global-tables.ts';
import { kafkaOf } from './kafka-connection.ts';
import { type CopyGauge, declareMetrics } from './metrics.ts';
import type { PlannedTransforms } from './plan/plan-transforms.ts';
import { registerOutputs } from './plan/register-outputs.ts';
import { globalTablesOf, repartitionTopicsOf, type TransformPlan } from './plan/transform-plan.ts';
import { answerQuestion } from './queries/answer-question.ts';
import { describeTasks } from './queries/describe-tasks.ts';
import type { QueriedService } from './queries/state-question.ts';
import { type MemberSelf, type RunningTransform, runTransform } from './run-transform.ts';
import { createStateMemory } from './state/state-memory.ts';
import { purge, type ReadUpTo } from './task/purge.ts';
import type { TransformTasks } from './transform-tasks.ts';

/** Between two deletions of records that changed partition and are done with. */
const PURGE_INTERVAL_MS = 30_000;

export const startMember = async (
  config: TransformConfig,
  { contracts, plans }: PlannedTransforms,
  runtime: Runtime,
  self: MemberSelf,
): Promise<QueriedService> => {
  const { clock, logger } = runtime;
  const kafka = kafkaOf(config, logger);
  const admin = createAdmin(kafka);
  const shapes = createShapeLog(kafka);
  const registry = createRegistryClient({ url: config.registryUrl });
  const metrics = declareMetrics(runtime.metrics);
  const peers = config.watchPeers
    ? createPeers({ ...metrics.peers, presence: runtime.presence, host: config.peerHost })
    : undefined;
  if (peers) metrics.peers.observe(peers.seen);
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => undefined);

  const transforms = plans.map(({ transform }) => transform);
  const globalTables = await followGlobalTables(globalTablesOf(transforms, contracts), {
    ...{ kafka, admin, registry, clock, logger, schemaWaitMs: config.schemaWaitMs },
  });
  globalTables.finished.catch(failure.reject);

  // One thread of several has its part of it.
  const memory = createStateMemory(config.stateBytesMax / config.threads);
  const controls: FloodControl[] = [];
  const start = async (plan: TransformPlan): Promise<RunningTransform> => {
    const schemaIds = await registerOutputs(registry, plan, runtime);
    const shape = await stateShapeOf(plan, shapes, admin);
    const floods = createFloodControl({
      ...{ service: 'stream-transform', owner: plan.transform.name, connection: kafka },
      ...{ limits: floodLimits(config), clock, logger },
    });
    controls.push(floods);
    return runTransform(plan, {
      ...{ floods, peers },
      ...{ config, self, shape, schemaIds, kafka, admin, registry, memory, metrics, clock, logger },
      ...{ globalTable: globalTables.of, failed: failure.reject },
    });
  };

  const running = await Promise.all(plans.map(start));
  const ending = new AbortController();
  const committed = () => running.flatMap(({ plan, tasks }) => repartitionsRead(plan, tasks));
  const purging = { admin, intervalMs: PURGE_INTERVAL_MS, clock, logger, committed };
  purge(purging, ending.signal).catch(failure.reject);
  metrics.observe(
    () => running.flatMap(({ plan, tasks }) => gaugesOf(plan, tasks, clock.nowMs())),
    () => running.flatMap(copyGaugesOf),
  );

  return {
    finished: failure.promise,
    ask: async (question) => answerQuestion(running, question),
    tasks: async () => describeTasks(running),
    ready: () => readyOf(running),
    async stop() {
      const deadline = new AbortController();
      const late = clock.sleep(config.drainTimeoutMs, deadline.signal).catch(() => undefined);
      await Promise.race([Promise.all(running.map(({ tasks }) => tasks.drain())), late]);
      deadline.abort();
      ending.abort();
      await Promise.all(running.map(({ tasks }) => tasks.close()));
      await Promise.all(running.map(({ standbys }) => standbys.close()));
      await Promise.all(running.map(({ leave }) => leave()));
      peers?.close();
      await Promise.all(controls.map((control) => control.close()));
      await globalTables.close();
      await admin.close();
    },
  };
};

/** Or why not: no tasks yet, or one that waits because most of its records would be dead letters. */
const readyOf = (running: readonly RunningTransform[]): true | string => {
  if (!running.every(({ tasks }) => tasks.isAssigned())) return 'no tasks are assigned yet';
  for (const { tasks } of running)
    for (const { task } of tasks.tasks()) {
      const { waitsFor } = task.reading();
      if (waitsFor !== undefined) return waitsFor;
    }
  return true;
};

/** How far tasks here have committed what they read of the transform's own topics. */
const repartitionsRead = (plan: TransformPlan, tasks: TransformTasks): readonly ReadUpTo[] => {
  const own = new Set(repartitionTopicsOf(plan).map(({ topic }) => topic));
  return tasks
    .tasks()
    .flatMap(({ id: { partition }, task }) =>
      [...task.reading().committed].flatMap(([topic, offset]) =>
        own.has(topic) ? [{ topic, partition, offset }] : [],
      ),
    );
};

const gaugesOf = ({ transform }: TransformPlan, tasks: TransformTasks, nowMs: number) =>
  tasks.tasks().map(({ id, task }) => {
    const { waitingRecords, lagRecords, watermarkMs, state } = task.reading();
    return {
      ...{ transform: transform.name, ...id, waitingRecords, lagRecords, state },
      ...(Number.isFinite(watermarkMs) && { watermarkLagMs: Math.max(0, nowMs - watermarkMs) }),
    };
  });

const copyGaugesOf = ({ plan, standbys }: RunningTransform): CopyGauge[] =>
  standbys.readings().map(({ id, lagRecords, stats }) => {
    const { entries, memoryBytes } = stats();
    return {
      ...{ transform: plan.transform.name, ...id, entries, memoryBytes },
      ...(lagRecords !== undefined && { lagRecords }),
    };
  });
