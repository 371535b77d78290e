/**
 * What the quality service does, top to bottom: it opens what it watches, builds its parts, answers over HTTP, and runs the
 * rounds of all watches side by side until it is stopped.
 */
import { createRegistryClient } from '@millrace/avro';
import { createClickHouse } from '@millrace/clickhouse';
import {
  createAdmin,
  createClusterWatch,
  createPartitionReader,
  kafkaConnection,
} from '@millrace/kafka';
import { loadProject, type RunningService, type Runtime } from '@millrace/runtime';
import { openAccess } from './access/open-access.ts';
import { createAlertsPart } from './alerts/alerts-part.ts';
import { createAudit } from './audit/audit.ts';
import { createAuditLog } from './audit/audit-log.ts';
import { createAuditPart } from './audit/audit-part.ts';
import { createRefusalAudit } from './audit/refusal-audit.ts';
import { createCatalogPart } from './catalog/create-catalog-part.ts';
import { createConditionBoard } from './conditions/condition-board.ts';
import type { QualityConfig } from './config.ts';
import { createDeadPart } from './dead/dead-part.ts';
import { createExplorePart } from './explore/explore-part.ts';
import { createHealthPart } from './health/create-health-part.ts';
import { createHistory } from './history/history.ts';
import { startApiServer } from './http/server.ts';
import { createLagPart } from './lag/lag-part.ts';
import { createQualityMetrics } from './metrics.ts';
import { createQualityOutputs } from './outputs.ts';
import type { Part, PartContext } from './part.ts';
import { createRulesPart } from './rules/rules-part.ts';
import { runWatch } from './steps/run-watch.ts';

/** The parts, in the order in which one may use another. */
const buildParts = async (context: PartContext): Promise<readonly Part[]> => {
  const parts: Part[] = [];
  const add = <P extends Part>(part: P): P => {
    parts.push(part);
    return part;
  };
  const lag = add(createLagPart(context));
  const { health } = add(createHealthPart(context));
  add(await createCatalogPart(context, { lag: lag.reader, health }));
  const { graphs } = add(await createExplorePart(context, lag.reader));
  add(createRulesPart(context));
  add(createDeadPart(context, graphs));
  add(await createAlertsPart(context));
  return parts;
};

export const startQuality = async (
  config: QualityConfig,
  runtime: Runtime,
): Promise<RunningService> => {
  const { logger, clock } = runtime;
  const metrics = createQualityMetrics(runtime.metrics);
  const project = await loadProject(config.project);
  const connection = {
    ...kafkaConnection(config, 'millrace-quality', logger),
    sending: (request: string) => metrics.kafkaRequests.inc({ request }),
  };
  const admin = createAdmin(connection);
  const cluster = createClusterWatch(connection);
  const reader = createPartitionReader(connection);
  const registry = createRegistryClient({ url: config.registryUrl });
  const clickhouse = createClickHouse({ url: config.clickhouseUrl });
  const retentionMs = config.historyRetentionMs;
  const history = createHistory({ clickhouse, retentionMs, metrics, logger });
  const outputs = createQualityOutputs({ connection, admin, registry });
  const board = createConditionBoard(clock.nowMs);
  const rounds = new AbortController();
  const signal = AbortSignal.any([runtime.signal, rounds.signal]);
  const log = createAuditLog({
    ...{
      connection,
      admin,
      retentionMs: config.auditRetentionMs,
      timeoutMs: config.auditTimeoutMs,
    },
  });
  const refusals = createRefusalAudit({ log, logger, clock, signal });
  const audit = createAudit({ log, clock, logger });
  const access = await openAccess(
    { ...config, sqlRole: config.sqlRole === 'off' ? null : config.sqlRole },
    { audit, refusals, metrics, clock, logger, signal },
  );

  const context: PartContext = {
    ...{ cluster, reader },
    ...{ config, project, connection, admin, registry, clickhouse, history, outputs, board, audit },
    ...{ metrics, meters: runtime.metrics, clock, logger, signal },
  };
  const parts = [...(await buildParts(context)), createAuditPart(context, log)];
  const server = await startApiServer({ ...config, access, parts, clock, logger, signal });
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
      refusals.flush();
      await log.close();
      await clickhouse.close();
      reader.close();
      cluster.close();
      await admin.close();
    },
  };
};
