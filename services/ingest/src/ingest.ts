/** Builds the door from its settings, in the order in which its parts depend on each other, and stops it in reverse. */
import { createRegistryClient } from '@millrace/avro';
import type { Contract } from '@millrace/contracts';
import { followGates } from '@millrace/gate';
import { createAdmin, kafkaConnection } from '@millrace/kafka';
import { loadProject, type RunningService, type Runtime } from '@millrace/runtime';
import { openAccess } from './access/open-access.ts';
import { createByteBudget } from './byte-budget.ts';
import { createMixedIngest } from './cloud-events/mixed-request.ts';
import type { IngestConfig } from './config.ts';
import { createDecompress } from './http/decompress.ts';
import { openAdmission } from './http/open-admission.ts';
import { startEventServer } from './http/server.ts';
import { countFates, createTakeRequest } from './http/take-request.ts';
import { createIngestMetrics } from './metrics.ts';
import { openCatalog } from './open-catalog.ts';
import { createEventOutputs } from './outputs.ts';
import { createIngestPipeline } from './pipeline.ts';
import { type PullThread, startPullThread } from './pull/follow/pull-thread.ts';
import { openQuarantineLater } from './quarantine/open-later.ts';
import type { EventSpool, EventSpoolOptions } from './spool/event-spool.ts';
import { createQueryableWatch } from './wait/queryable-watch.ts';

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
  const connection = kafkaConnection(config, 'millrace-ingest', logger);
  const admin = createAdmin(connection);
  const registry = createRegistryClient({ url: config.registryUrl });
  const shared = { ...config, connection, admin, metrics, clock, logger };
  const spool = await openSpool(config, shared);
  const access = await openAccess(config, { ...shared, canSpool: spool !== undefined, signal });
  const { contracts } = project;
  let pull: PullThread | undefined;
  const { catalog, complete, idLog } = await openCatalog({
    ...{ ...shared, contracts, registry, spool, signal },
    noticed: (source) => void pull?.notify(source),
  });
  const admission = openAdmission(config, {
    ...{ access, budget, metrics, clock },
    doors: () => idLog()?.doors() ?? 1,
  });
  const gates = followGates({ connection, admin, clock, logger, signal });
  // Without a spool Kafka is there by now. A stream that was stopped takes nothing in between.
  await Promise.race([
    gates.known,
    ...(spool === undefined ? [] : [clock.sleep(config.spoolAfterMs, signal)]),
  ]);
  const following = await startPullThread({ config, project, metrics: runtime.metrics, clock });
  pull = following;
  const outputs = createEventOutputs({ ...shared, spool });
  const quarantine = openQuarantineLater(complete, {
    ...{ ...shared, contracts, registry, outputs, signal },
  });
  if (idLog() !== undefined) await quarantine.opened;
  const ingest = createIngestPipeline({
    ...{ ...config, outputs, clock, logger },
    quarantine: quarantine.current,
    gates,
  });
  const ingestMixed = createMixedIngest({
    ...config,
    catalog,
    ingest,
    count: (topic, fates) => countFates(metrics, topic, fates),
  });
  const watch = createQueryableWatch(shared);
  const takeRequest = createTakeRequest({
    ...shared,
    ...{ admission, ingest, ingestMixed, decompress: createDecompress() },
    watch,
    lands: landsOf(contracts),
  });
  const server = await startEventServer({
    ...shared,
    ...{ catalog, admission, takeRequest, budget, signal },
    notifySource: following.notify,
    tellOfSource: (source) => idLog()?.tellOfSource(source),
  });

  return {
    details: { url: server.url, streams: catalog.streams.length, ...following.details },
    ready: () =>
      outputs.oldestMs() < unreadyAfterMs || 'Kafka has not acknowledged a batch for 10 s',
    // Streams that could not be opened at start may turn out to be impossible.
    finished: Promise.race([complete.then(({ failed }) => failed), following.failed]),
    stop: async () => {
      server.drain();
      await clock.sleep(config.drainMs);
      watch.close();
      await server.close();
      await following.stop();
      await access?.close();
      await outputs.close();
      await idLog()?.close();
      await admin.close();
    },
  };
};

/** Its modules are loaded for a door that has one. */
const openSpool = async (
  { spoolDirectory: directory, spoolBytesMax: bytesMax }: IngestConfig,
  shared: Omit<EventSpoolOptions, 'directory' | 'bytesMax'>,
): Promise<EventSpool | undefined> => {
  if (directory === undefined) return undefined;
  const { openEventSpool } = await import('./spool/event-spool.ts');
  return openEventSpool({ ...shared, directory, bytesMax });
};

/** Whether a topic's events become rows. */
const landsOf = (contracts: readonly Contract[]): ((topic: string) => boolean) => {
  const landing = new Set(
    contracts.filter(({ warehouse }) => warehouse !== undefined).map(({ topic }) => topic.name),
  );
  return (topic) => landing.has(topic);
};
