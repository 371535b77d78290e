/**
 * Opens the project's event streams: all at once while Kafka and the registry answer; else first those that the disk
 * spool remembers, so that their events are taken, and the others when the cluster is back.
 */
import type { RegistryClient } from '@millrace/avro';
import type { Contract } from '@millrace/contracts';
import type { Admin, KafkaConnection, OutgoingRecord } from '@millrace/kafka';
import { type Clock, type Logger, type RetryPolicy, retry } from '@millrace/pipeline';
import type { IngestMetrics } from './metrics.ts';
import type { EventSpool } from './spool/event-spool.ts';
import { schemaHash } from './spool/spool-manifest.ts';
import { type OpenedStream, openStreams, streamOf, type WindowLimits } from './stream.ts';
import { createStreamCatalog, type GrowingCatalog, type StreamCatalog } from './stream-catalog.ts';
import { type IdLog, openIdLog } from './window/id-log.ts';

export interface OpenCatalogOptions {
  readonly contracts: readonly Contract[];
  readonly connection: KafkaConnection;
  readonly admin: Admin;
  readonly registry: RegistryClient;
  readonly spool: EventSpool | undefined;
  readonly eventBytesMax: number;
  readonly windowEvents: number;
  readonly windowAgeMs: number;
  readonly shareMs: number;
  readonly restoreEvents: number;
  /** Another door was told that something new is at the place of this source. */
  readonly noticed: (source: string) => void;
  /** A door that can spool goes ahead without the cluster after this. */
  readonly spoolAfterMs: number;
  readonly metrics: IngestMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

export interface OpenedCatalog {
  readonly catalog: StreamCatalog;
  /** Resolves when all streams are open; rejects when one cannot be, whatever is waited for. */
  readonly complete: Promise<IdLog>;
  /** Undefined before that. */
  readonly idLog: () => IdLog | undefined;
}

/** Kafka and the registry may start after the door; it waits this long, not ready, before it gives up. */
const startPolicy = {
  initialMs: 200,
  multiplier: 2,
  maxMs: 5000,
  deadlineMs: 120_000,
  jitter: 0.2,
};

/** Resolves when some streams can take events: all of them, or those with a spool. */
export const openCatalog = async (options: OpenCatalogOptions): Promise<OpenedCatalog> => {
  const { spool, clock, logger, metrics, signal } = options;
  const contracts = options.contracts.filter(({ source }) => source.kind === 'event');
  const catalog = createStreamCatalog(contracts);
  const share = Math.floor(options.windowEvents / Math.max(1, contracts.length));
  const seed = { value: spool?.savedSeed() ?? 0 };
  const limits = { windowEvents: Math.max(1000, share), windowSeed: seed };
  const remembered = contracts.flatMap((contract) => openRemembered(contract, limits, options));
  const patiently = createPatience(options, remembered.length > 0);

  const { eventBytesMax } = options;
  const opened = patiently(() => openStreams(contracts, options, { ...limits, eventBytesMax }));
  const isThere = await Promise.race([
    opened.then(() => true),
    ...(remembered.length > 0 ? [clock.sleep(options.spoolAfterMs, signal).then(() => false)] : []),
  ]);
  if (!isThere) {
    for (const one of remembered) await addStream(one, catalog, spool);
    logger.warn({ streams: remembered.length }, 'Kafka is away: started with the spool alone');
  }
  let idLog: IdLog | undefined;
  const untold: OutgoingRecord[] = [];
  const finish = async (): Promise<IdLog> => {
    const all = (await opened).map((one) => ({ ...one, known: known(catalog, one) }));
    const streams = all.map(({ stream, known }) => known ?? stream);
    const log = await patiently(() =>
      openIdLog({
        ...{ ...options, streams, seed, untold },
        readBack: (topic, count) => metrics.readBackEvents.inc({ topic, for: 'ids' }, count),
      }),
    );
    idLog = log;
    metrics.restoredEvents.set(log.restored);
    metrics.watchWindows(streams, options.windowAgeMs);
    await spool?.windowsRestored(seed.value);
    for (const one of all) if (one.known === undefined) await addStream(one, catalog, spool);
    await spool?.openRest();
    return log;
  };
  const complete = finish();
  if (isThere) await complete;
  return { catalog, complete, idLog: () => idLog };
};

/** For ever when something can be done meanwhile. */
const createPatience = (
  { clock, logger, signal }: Pick<OpenCatalogOptions, 'clock' | 'logger' | 'signal'>,
  forEver: boolean,
) => {
  const policy: RetryPolicy = forEver
    ? { ...startPolicy, deadlineMs: Number.POSITIVE_INFINITY }
    : startPolicy;
  return <T>(operation: () => Promise<T>): Promise<T> =>
    retry(operation, policy, clock, signal, ({ error }) =>
      logger.warn({ code: error.code }, 'waiting to start'),
    )();
};

const known = (catalog: StreamCatalog, { stream }: OpenedStream) =>
  catalog.find(stream.contract.domain, stream.contract.name);

/** A stream out of what its spool remembers, if its contract has not changed since. */
const openRemembered = (
  contract: Contract,
  limits: WindowLimits,
  { spool, registry }: Pick<OpenCatalogOptions, 'spool' | 'registry'>,
): readonly OpenedStream[] => {
  const facts = spool?.manifests.get(contract.topic.name);
  if (contract.ingest?.spool !== true || facts?.schemaHash !== schemaHash(contract.schemaText))
    return [];
  return [{ stream: streamOf(contract, facts, limits, registry), facts }];
};

const addStream = async (
  { stream, facts }: OpenedStream,
  catalog: GrowingCatalog,
  spool: EventSpool | undefined,
): Promise<void> => {
  if (stream.contract.ingest?.spool === true) await spool?.openStream(stream, facts);
  catalog.add(stream);
};
