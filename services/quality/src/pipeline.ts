/**
 * What the quality service does, top to bottom: it opens what it watches, builds its parts, answers over HTTP, and runs the
 * rounds of all watches side by side until it is stopped.
 */
import { createRegistryClient } from '@millrace/avro';
import { createClickHouse } from '@millrace/clickhouse';
import { createAdmin, type KafkaConnection } from '@millrace/kafka';
import { loadProject, type RunningService, type Runtime } from '@millrace/runtime';
import { createConditionBoard } from './conditions/condition-board.ts';
import type { QualityConfig } from './config.ts';
import { createHistory } from './history/history.ts';
import { startApiServer } from './http/server.ts';
import { createQualityMetrics } from './metrics.ts';
import { createQualityOutputs } from './outputs.ts';
import type { Part, PartContext } from './part.ts';
import { runWatch } from './steps/run-watch.ts';

/** The parts, in the order in which one may use another. */
const buildParts = async (_context: PartContext): Promise<readonly Part[]> => [];

export const startQuality = async (
  config: QualityConfig,
  runtime: Runtime,
): Promise<RunningService> => {
  const { logger, clock } = runtime;
  const metrics = createQualityMetrics(runtime.metrics);
  const project = await loadProject(config.project);
  const connection: KafkaConnection = {
    ...{ brokers: config.kafkaBrokers, clientId: 'millrace-quality', logger },
  };
  const admin = createAdmin(connection);
  const registry = createRegistryClient({ url: config.registryUrl });
  const clickhouse = createClickHouse({ url: config.clickhouseUrl });
  const retentionMs = config.historyRetentionMs;
  const history = createHistory({ clickhouse, retentionMs, metrics, logger });
  const outputs = createQualityOutputs({ connection, admin, registry });
  const board = createConditionBoard(clock.nowMs);
  const rounds = new AbortController();
  const signal = AbortSignal.any([runtime.signal, rounds.signal]);

  const parts = await buildParts({
    ...{ config, project, connection, admin, registry, clickhouse, history, outputs, board },
    ...{ metrics, meters: runtime.metrics, clock, logger, signal },
  });
  const server = await startApiServer({ ...config, parts, logger });
  const watches = [...parts.flatMap((part) => part.watches ?? []), history.watch];
  const running = Promise.all(
    watches.map((watch) => runWatch(watch, { metrics, clock, logger, signal })),
  );

  return {
    details: { url: server.url, contracts: project.contracts.length },
    ready: () => true,
    finished: new Promise(() => undefined),
    stop: async () => {
      rounds.abort();
      await server.close();
      await running;
      for (const part of parts.toReversed()) await part.close?.();
      await history.close();
      await outputs.close();
      await clickhouse.close();
      await admin.close();
    },
  };
};
