/**
 * What a door tells the others, in rounds: it asks for the ends of its topics and writes the ids that it took since
 * the round before, and how far that reaches. It never says more than it knows (known-ends.ts).
 */
import type { OutgoingRecord, TailConsumer } from '@millrace/kafka';
import type { Stream } from '../stream.ts';
import { blockRecord, doorRecord, seedRecord, splitPrints } from './id-blocks.ts';
import type { IdLogOptions } from './id-log-options.ts';
import { createKnownEnds, type Ends } from './known-ends.ts';

/** Well below any topic's limit: 16,384 ids. */
const blockBytesMax = 256 * 1024;
/** A door that has nothing to tell says that it is there. */
const signOfLifeMs = 20_000;
/** The seed is told again before the topic forgets it. */
const seedEveryMs = 3_600_000;

export interface BlockWriterOptions
  extends Pick<IdLogOptions, 'seed' | 'streams' | 'windowAgeMs' | 'untold' | 'clock' | 'logger'> {
  readonly door: string;
  readonly tail: Pick<TailConsumer, 'endOffsets'>;
  /** What the door knows whole: told, or about to be. */
  whole(): Ends;
  send(records: readonly OutgoingRecord[]): Promise<void>;
}

export interface BlockWriter {
  /** One round. What Kafka does not take goes with the next. Rejects as `Producer.send`. */
  write(isClosed?: boolean): Promise<void>;
}

/** One call, one round: ends, blocks, and how far they reach. What Kafka does not take goes with the next. */
export const createBlockWriter = (options: BlockWriterOptions): BlockWriter => {
  const { door, seed, streams, untold, tail, clock, send } = options;
  const knownEnds = createKnownEnds(streams, tail, options.whole());
  const watchReach = createReachWatch(options);
  let number = 0;
  let told = '';
  let toldMs = 0;
  let seedMs = 0;
  const write = async (isClosed = false): Promise<void> => {
    const ends = await knownEnds.ask();
    const nowMs = clock.nowMs();
    // In the turn in which the windows are emptied: what was read for it is in these blocks.
    const whole = options.whole();
    const prints = new Map(
      streams
        .map(({ topic, window }) => [topic, window.takePrints()] as const)
        .filter(([, { length }]) => length > 0),
    );
    for (const { window } of streams) window.mark(nowMs);
    watchReach(nowMs);
    for (const block of splitPrints(prints, blockBytesMax))
      untold.push(blockRecord(door, number++, { seed: seed.value, atMs: nowMs, prints: block }));
    const tells = JSON.stringify([ends, whole]);
    const isQuiet = untold.length === 0 && tells === told && nowMs - toldMs < signOfLifeMs;
    if (isQuiet && !isClosed) return;
    const seeds = nowMs - seedMs < seedEveryMs ? [] : [seedRecord(seed.value)];
    await send([...seeds, ...untold, doorRecord(door, { ends, whole, isClosed })]);
    if (seeds.length > 0) seedMs = nowMs;
    untold.length = 0;
    told = tells;
    toldMs = nowMs;
  };
  /** One round after the other. */
  let last: Promise<void> = Promise.resolve();
  return {
    write: (isClosed = false): Promise<void> => {
      last = last.catch(() => undefined).then(() => write(isClosed));
      return last;
    },
  };
};

/** Says once of a stream that its window forgets ids that are younger than promised. */
const createReachWatch = ({ streams, windowAgeMs, logger }: BlockWriterOptions) => {
  const told = new Set<Stream>();
  return (nowMs: number): void => {
    for (const stream of streams) {
      const reachMs = stream.window.reachMs(nowMs);
      if (reachMs === undefined || reachMs >= windowAgeMs || told.has(stream)) continue;
      told.add(stream);
      logger.warn(
        { topic: stream.topic, reachSeconds: Math.round(reachMs / 1000) },
        'event ids are forgotten sooner than MILLRACE_INGEST_WINDOW_AGE: raise MILLRACE_INGEST_WINDOW_EVENTS',
      );
    }
  };
};
