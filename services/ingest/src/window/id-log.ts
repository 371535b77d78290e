/**
 * The ids that all doors took, as `_millrace.ingest.ids` keeps them: written behind the records, read at start and
 * followed from then on. So a restart knows every id of the last hours without reading the topics, and a repeat
 * that goes to another door is recognised after one interval. ADR 0015.
 *
 * Here is the order of things; what is heard is id-follower.ts, what is told block-writer.ts.
 */
import { randomUUID } from 'node:crypto';
import { ingestIdsTopic } from '@millrace/contracts';
import {
  createProducer,
  createTailConsumer,
  type Producer,
  type TailConsumer,
} from '@millrace/kafka';
import type { Stream } from '../stream.ts';
import { type BlockWriter, createBlockWriter } from './block-writer.ts';
import { type DoorSeries, liveDoors, silentDoors } from './door-series.ts';
import { doorRecord, printBytes, seedRecord } from './id-blocks.ts';
import { createIdFollower, type IdFollower } from './id-follower.ts';
import type { IdLogOptions } from './id-log-options.ts';
import { createKnownTails, type KnownTails } from './known-tails.ts';
import { restoreWindow } from './restore-window.ts';
import { createTellOfSource, type TellOfSource } from './source-notices.ts';
import { createSuspectDoors } from './suspect-doors.ts';

export interface IdLog {
  /** Ids that were read at start. */
  readonly restored: number;
  /** Rejects when the log can be followed no more. */
  readonly failed: Promise<never>;
  /** Tells the other doors that something new is at the place of a source. */
  readonly tellOfSource: TellOfSource;
  /** How many doors of the cluster are open, this one among them; one that is killed counts for a minute more. */
  doors(): number;
  /** Writes what was taken last and says that this door is done. */
  close(): Promise<void>;
}

/** A door says in each round how far it has come, when that has changed; after so many it is taken for stopped in their midst. */
const silentRounds = 3;
/** A door that has said nothing for so long is dead: what it did not tell is read by another one. */
const deadAfterMs = 60_000;
/** How long Kafka may be away before a round fails; the next one tries again. */
const unavailableMaxMs = 10_000;

const partition = { topic: ingestIdsTopic, partition: 0 };

/** Reads what is kept, then what only the topics know; resolves when every id that is promised is known. */
export const openIdLog = async (options: IdLogOptions): Promise<IdLog> => {
  const { connection, admin } = options;
  const spec = idsTopicSpec(options);
  if ((await admin.createTopics([spec])).length === 0)
    await admin.alterTopicConfig(spec.name, spec.config);
  const follower = createIdFollower({ ...options, door: randomUUID() });
  const producer = createProducer(connection, { deliveryTimeoutMs: unavailableMaxMs });
  const tail = createTailConsumer(connection, {
    isolation: 'read_uncommitted',
    batch: follower.take,
    // What retention took is older than what is promised.
    overtaken: () => undefined,
    unavailableMaxMs,
  });
  try {
    return await begin(options, follower, producer, tail);
  } catch (error) {
    await Promise.allSettled([producer.close(), tail.close()]);
    throw error;
  }
};

const begin = async (
  options: IdLogOptions,
  follower: IdFollower,
  producer: Producer,
  tail: TailConsumer,
): Promise<IdLog> => {
  const { streams, clock, logger } = options;
  const send: BlockWriterSend = async (records) => {
    await producer.send([{ ...partition, records }]);
  };
  await tail.add([{ ...partition, fromOffset: 0 }]);
  await tail.caughtUp([partition]);
  if (!follower.knowsSeed()) {
    // Of several doors that start together, the first one's is heard by all.
    await send([seedRecord((Math.random() * 2 ** 32) | 0)]);
    await tail.caughtUp([partition]);
  }
  const tails = createKnownTails();
  const whole = () => tails.whole(follower.series(), follower.door);
  const topics = new Set(streams.map(({ topic }) => topic));
  const silent = () =>
    silentDoors(follower.series(), topics, clock.nowMs() - deadAfterMs).filter(
      ({ door }) => door !== follower.door,
    );
  const closeDoors = (doors: readonly DoorSeries[]) =>
    send(doors.map(({ door, ends }) => doorRecord(door, { ends, isClosed: true })));

  const deadBefore = silent();
  const restored = follower.heard() + (await readTails(options, tails, follower.series(), streams));
  // What was read is where it begins.
  const writer = createBlockWriter({ ...options, door: follower.door, send, tail, whole });
  await writer.write();
  if (deadBefore.length > 0) await closeDoors(deadBefore);
  const suspects = createSuspectDoors(silentRounds * options.shareMs);
  const readSuspects = async () => {
    const series = follower.series();
    const own = series.find(({ door }) => door === follower.door);
    const due = suspects.due(series, own, clock.nowMs());
    if (due.length === 0) return;
    const told = streams.filter(({ topic }) => due.some(({ ends }) => ends[topic] !== undefined));
    const count = await readTails(options, tails, due, told);
    suspects.read(due);
    logger.info({ doors: due.length, count }, 'read what silent doors had not told');
  };
  let live = 1;
  const countDoors = () => {
    live = liveDoors(follower.series(), clock.nowMs() - deadAfterMs);
  };
  const takeOver = async () => {
    countDoors();
    await readSuspects();
    const dead = silent();
    if (dead.length === 0) return;
    const told = streams.filter(({ topic }) => dead.some(({ ends }) => ends[topic] !== undefined));
    const count = await readTails(options, tails, dead, told);
    logger.warn({ doors: dead.length, count }, 'read the last ids of doors that fell silent');
    await writer.write();
    await closeDoors(dead);
  };
  countDoors();
  const loop = keepWriting(options, writer, takeOver);
  return {
    restored,
    tellOfSource: createTellOfSource(follower.door, send),
    doors: () => live,
    failed: tail.finished.then(() => new Promise<never>(() => undefined)),
    close: async () => {
      await loop.stop();
      await writer.write(true).catch((error: unknown) => {
        logger.warn({ err: error }, 'the last ids were not told: the next start reads them');
      });
      await producer.close();
      await tail.close();
    },
  };
};

type BlockWriterSend = Parameters<typeof createBlockWriter>[0]['send'];

/** Reads what these doors have not told, into the windows. */
const readTails = async (
  kafka: Pick<IdLogOptions, 'connection' | 'admin' | 'restoreEvents' | 'readBack'>,
  tails: KnownTails,
  doors: readonly DoorSeries[],
  streams: readonly Stream[],
): Promise<number> => {
  let count = 0;
  for (const stream of streams) {
    const from = tails.startOf(doors, stream.topic);
    const start = { eventsMax: kafka.restoreEvents, ...(from && { offsets: from }) };
    const restored = await restoreWindow(kafka, stream, start);
    tails.read(doors, stream.topic, { from, to: restored.to });
    kafka.readBack(stream.topic, restored.count);
    count += restored.count;
  }
  return count;
};

/**
 * Blocks go by age, and by size, so that a start reads not much more than the windows hold. None is written twice:
 * compaction keeps one record of each door.
 */
const idsTopicSpec = ({ windowAgeMs, streams }: IdLogOptions) => ({
  name: ingestIdsTopic,
  partitions: 1,
  replicationFactor: -1,
  config: {
    'cleanup.policy': 'compact,delete',
    'retention.ms': String(windowAgeMs + 2 * segmentMs),
    'retention.bytes': String(
      retainedBytesMin +
        4 * printBytes * streams.reduce((sum, { window }) => sum + window.capacity, 0),
    ),
    'segment.ms': String(segmentMs),
    'segment.bytes': String(retainedBytesMin / 4),
  },
});

const segmentMs = 3_600_000;
/** A busy stream's blocks must not push out a quiet one's too soon. */
const retainedBytesMin = 64 * 1024 * 1024;

/** Until it is stopped. Kafka away is told once; the ids wait. */
const keepWriting = (
  { clock, logger, shareMs }: IdLogOptions,
  { write }: BlockWriter,
  takeOver: () => Promise<void>,
) => {
  const stopping = new AbortController();
  let isWarned = false;
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await clock.sleep(shareMs, stopping.signal).catch(() => undefined);
      if (stopping.signal.aborted) return;
      try {
        await write();
        await takeOver();
        isWarned = false;
      } catch (error) {
        if (!isWarned) logger.warn({ err: error }, 'ids are not shared with other doors for now');
        isWarned = true;
      }
    }
  };
  const running = run();
  return {
    stop: async (): Promise<void> => {
      stopping.abort();
      await running;
    },
  };
};
