/**
 * The spools of a door: one for each stream whose contract says so, and one for each that still has frames on the disk
 * from a time when its contract did. How one works is stream-outlet.ts.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Admin, createProducer, type KafkaConnection } from '@millrace/kafka';
import type { Clock, Logger } from '@millrace/pipeline';
import type { IngestMetrics } from '../metrics.ts';
import { createRecordBatcher } from '../record-batcher.ts';
import type { Stream, StreamFacts } from '../stream.ts';
import { ownSource } from '../window/claim-of.ts';
import { type DirectoryLock, lockDirectory } from './directory-lock.ts';
import { createSpoolDrain } from './drain-spool.ts';
import { type FrameLog, openFrameLog } from './frame-log.ts';
import {
  newSpoolId,
  readManifests,
  type SpoolManifest,
  schemaHash,
  writeManifest,
} from './spool-manifest.ts';
import { createStreamOutlet, type StreamOutlet } from './stream-outlet.ts';
import { claimOfSpooled } from './written-claims.ts';

export interface EventSpool {
  /** What it remembers, by topic; for a start without Kafka. */
  readonly manifests: ReadonlyMap<string, SpoolManifest>;
  /**
   * Opens the spool of a stream and shows the ids in it to the stream's window.
   * `facts`: what was learnt of the stream from Kafka and the registry.
   */
  openStream(stream: Stream, facts: StreamFacts): Promise<void>;
  /** Drains what is left of streams that were not opened. */
  openRest(): Promise<void>;
  /**
   * From here on the windows know what is on the topics; ids spooled before are compared when they are drained. The
   * seed of their fingerprints is remembered for a start without Kafka, also of streams that are opened later.
   */
  windowsRestored(seed: number): Promise<void>;
  savedSeed(): number | undefined;
  outlet(topic: string): StreamOutlet | undefined;
  /** Undefined for a stream without a spool. */
  partitionCount(topic: string): number | undefined;
  close(): Promise<void>;
}

export interface EventSpoolOptions {
  readonly directory: string;
  readonly bytesMax: number;
  readonly spoolAfterMs: number;
  readonly restoreEvents: number;
  readonly connection: KafkaConnection;
  readonly admin: Admin;
  readonly metrics: IngestMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * The producer of these streams goes on trying under its sequence numbers until Kafka answers, however long that
 * takes: then it is known what was written and what was not. The disk holds the same records meanwhile.
 */
const PATIENCE_MS = 365 * 24 * 3_600_000;

/** Topics grow; the count is looked up again as it ages, ms. */
const COUNT_AGE_MAX_MS = 30_000;

interface StreamSpool {
  readonly log: FrameLog;
  readonly outlet: StreamOutlet;
  manifest: SpoolManifest;
  /** When the count was looked up last; undefined while it is being looked up. */
  countedMs: number | undefined;
}

/** Takes the directory for this process; throws `ingest.spool-locked` when another one has it. */
export const openEventSpool = async (options: EventSpoolOptions): Promise<EventSpool> => {
  const { directory: root, connection, metrics, clock, logger } = options;
  await mkdir(root, { recursive: true });
  const lock: DirectoryLock = lockDirectory(root);
  const manifests = await readManifests(root);
  const spools = new Map<string, StreamSpool>();
  const producer = createProducer(connection, { deliveryTimeoutMs: PATIENCE_MS });
  const batcher = createRecordBatcher(producer, {
    // Nothing goes to the producer beyond the batch on its way: what waits can be taken back.
    batchRecordsMax: Number.POSITIVE_INFINITY,
    nowMs: () => performance.now(),
    observe: (durationMs) => metrics.produceSeconds.observe(durationMs / 1000),
  });
  let comparesAll = true;
  /** What the windows' fingerprints are made with, once that is known. */
  let known: Pick<SpoolManifest, 'windowSeed'> = {};
  const usedBytes = () => [...spools.values()].reduce((sum, { log }) => sum + log.bytes(), 0);

  const openSpool = async (
    manifest: Omit<SpoolManifest, 'id'>,
    visit: (claim: string) => void = () => undefined,
  ): Promise<void> => {
    const { topic } = manifest;
    const directory = join(root, topic);
    const log = await openFrameLog({
      directory,
      logger,
      visit: ({ records }) => {
        for (const record of records) visit(claimOfSpooled(record, manifest));
      },
    });
    const before = log.continued ? manifests.get(topic)?.id : undefined;
    const saved = { ...manifest, ...known, id: before ?? newSpoolId() };
    await writeManifest(directory, saved);
    const outlet = createStreamOutlet({
      ...{ topic, log, batcher, clock, logger, spoolAfterMs: options.spoolAfterMs },
      createDrain: (outcomeOf) =>
        createSpoolDrain({
          ...{ connection, admin: options.admin, topic, outcomeOf, spoolId: saved.id },
          rule: manifest,
          observeRead: (count) => metrics.readBackEvents.inc({ topic, for: 'spool' }, count),
          tailRecords: options.restoreEvents,
        }),
      hasRoom: (bytes) => usedBytes() + bytes <= options.bytesMax,
      comparesAll: () => comparesAll,
      observe: (what, records) =>
        metrics[what === 'spooled' ? 'spooledEvents' : 'drainedEvents'].inc({ topic }, records),
    });
    spools.set(topic, { log, outlet, manifest: saved, countedMs: clock.nowMs() });
    metrics.watchSpool(topic, log);
    outlet.start();
  };

  const save = async (spool: StreamSpool, changes: Partial<SpoolManifest>): Promise<void> => {
    spool.manifest = { ...spool.manifest, ...changes };
    await writeManifest(join(root, spool.manifest.topic), spool.manifest);
  };

  const countAgain = async (spool: StreamSpool): Promise<void> => {
    const { topic, partitions: before } = spool.manifest;
    spool.countedMs = undefined;
    try {
      const partitions = await producer.partitionCount(topic);
      if (partitions > before) await save(spool, { partitions });
    } catch (error) {
      logger.debug({ err: error, topic }, 'partitions could not be counted');
    }
    spool.countedMs = clock.nowMs();
  };

  return {
    manifests,
    savedSeed: () =>
      [...manifests.values()].find((one) => one.windowSeed !== undefined)?.windowSeed,
    openStream: ({ contract, topic, window }, { schemaId, partitions, eventBytesMax }) =>
      openSpool(
        {
          ...{ ...manifests.get(topic), topic, schemaId, partitions, eventBytesMax },
          schemaHash: schemaHash(contract.schemaText),
          hasIdentity: contract.identity !== undefined,
          source: ownSource(contract),
        },
        window.rememberSpooled,
      ),
    openRest: async () => {
      for (const [topic, manifest] of manifests) if (!spools.has(topic)) await openSpool(manifest);
    },
    windowsRestored: async (windowSeed) => {
      comparesAll = false;
      known = { windowSeed };
      for (const spool of spools.values()) await save(spool, known);
    },
    outlet: (topic) => spools.get(topic)?.outlet,
    partitionCount: (topic) => {
      const spool = spools.get(topic);
      if (spool === undefined) return undefined;
      if (clock.nowMs() - (spool.countedMs ?? Number.POSITIVE_INFINITY) > COUNT_AGE_MAX_MS)
        void countAgain(spool);
      return spool.manifest.partitions;
    },
    close: async () => {
      const closed = Promise.all([...spools.values()].map(({ outlet }) => outlet.close()));
      // What it holds is on the disk, or was answered with 503.
      await producer.close({ abandon: true });
      await closed;
      lock.release();
    },
  };
};
