/** Builds the door from its settings, in the order in which its parts depend on each other, and stops it in reverse. */
import { createRegistryClient } from '@millrace/avro';
import { createAdmin, type KafkaConnection } from '@millrace/kafka';
import { retry } from '@millrace/pipeline';
import { loadProject, type RunningService, type Runtime } from '@millrace/runtime';
import { createByteBudget } from './byte-budget.ts';
import type { IngestConfig } from './config.ts';
import { startEventServer } from './http/server.ts';
import { createIngestMetrics } from './metrics.ts';
import { createEventOutputs } from './outputs.ts';
import { createIngestPipeline } from './pipeline.ts';
import { openStreams } from './stream.ts';
import { openIdLog } from './window/id-log.ts';

/** Kafka and the registry may start after the door; it waits this long, not ready, before it gives up. */
const startPolicy = {
  initialMs: 200,
  multiplier: 2,
  maxMs: 5000,
  deadlineMs: 120_000,
  jitter: 0.2,
};

/** A batch that waits longer than this makes the door not ready. */
const unreadyAfterMs = 10_000;

export const startIngest = async (
  config: IngestConfig,
  runtime: Runtime,
): Promise<RunningService> => {
  const { logger, clock, signal } = runtime;
  const budget = createByteBudget(config.queueBytesMax);
  const metrics = createIngestMetrics(runtime.metrics, budget.used);
  const project = await loadProject(config.project);
  const seed = { value: 0 };
  const connection: KafkaConnection = {
    brokers: config.kafkaBrokers,
    clientId: 'millrace-ingest',
    logger,
  };
  const admin = createAdmin(connection);
  const registry = createRegistryClient({ url: config.registryUrl });
  const patiently = <T>(operation: () => Promise<T>): Promise<T> =>
    retry(operation, startPolicy, clock, signal, ({ error }) =>
      logger.warn({ code: error.code }, 'waiting to start'),
    )();

  const catalog = await patiently(() =>
    openStreams(project.contracts, { admin, registry }, { ...config, windowSeed: seed }),
  );
  const { streams } = catalog;
  const idLog = await patiently(() =>
    openIdLog({ ...config, connection, admin, streams, seed, clock, logger }),
  );
  metrics.restoredEvents.set(idLog.restored);
  metrics.watchWindows(streams, config.windowAgeMs);
  const outputs = createEventOutputs({ ...config, connection, admin, metrics, clock, logger });
  const ingest = createIngestPipeline({ ...config, outputs, clock, logger });
  const server = await startEventServer({
    ...config,
    catalog,
    ingest,
    budget,
    metrics,
    clock,
    logger,
  });

  return {
    details: { url: server.url, streams: catalog.streams.length },
    ready: () =>
      outputs.oldestMs() < unreadyAfterMs || 'Kafka has not acknowledged a batch for 10 s',
    finished: idLog.failed,
    stop: async () => {
      server.drain();
      await clock.sleep(config.drainMs);
      await server.close();
      await outputs.close();
      await idLog.close();
      await admin.close();
    },
  };
};
