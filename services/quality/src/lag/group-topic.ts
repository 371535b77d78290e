/**
 * What is known of one group on one topic: columns with a number for each partition, in one piece of memory. Filled by a
 * round (`take`), then weighed against the ends (`weigh`). What the numbers mean for a person is the report's affair.
 */
import type { TopicPlace } from '@millrace/kafka';
import { type LagState, lagStates } from '@millrace/operations';
import type { EndSamples } from './end-samples.ts';
import { judgePartition, SAMPLES } from './judge-partition.ts';
import type { QuietStretches } from './quiet-stretch.ts';

/** What the group's members and the partitions' ends are weighed with. */
export interface Weights {
  readonly atMs: number;
  readonly samples: EndSamples;
  /** First offsets, NaN where not known. */
  readonly lows: Float64Array;
  readonly quiet: QuietStretches;
  readonly hasMembers: boolean;
  /** From one sample of the window to the next, ms. */
  readonly sampleEveryMs: number;
  /** Told of each partition whose first record that is not done is worth a look: its offset. */
  lookAt(partition: number, offset: number): void;
}

export interface GroupTopic {
  readonly place: TopicPlace;
  /** Offsets of this round; NaN where the group has committed nothing. */
  readonly incoming: Float64Array;
  /** As of the last weighing. */
  readonly committed: Float64Array;
  /** Behind, NaN where not known. */
  readonly records: Float64Array;
  /** Since the first record that is not done was written, ms; 0 when all are done. */
  readonly ageMs: Float64Array;
  state(partition: number): LagState;
  readonly totals: GroupTopicTotals;
  /** Ends of another layout of the same topic. */
  move(place: TopicPlace): void;
  weigh(weights: Weights): void;
  /** What was found at an offset; the time is NaN when it could not be told. */
  saw(partition: number, offset: number, writtenMs: number): void;
}

export interface GroupTopicTotals {
  records: number;
  /** Of the partition that is furthest behind, ms; NaN when none is known. */
  ageMs: number;
  state: LagState;
  /** Offsets committed a second, evened out over half a minute; NaN before the second round. */
  consumedPerSecond: number;
  /** It has committed something new since the service watches. */
  hasMoved: boolean;
}

/** From harmless to grave. */
const gravity: readonly LagState[] = [
  ...(['ok', 'empty', 'unknown', 'behind', 'rewound', 'stalled', 'stopped'] as const),
];

/** The gravest of two; `empty` is a word for groups alone. */
export const graverState = (a: LagState, b: LagState): LagState =>
  gravity.indexOf(b) > gravity.indexOf(a) ? b : a;

const EVENED_OUT_MS = 30_000;

export const createGroupTopic = (first: TopicPlace): GroupTopic => {
  const { partitions } = first;
  const memory = new Float64Array(partitions * (8 + 2 * SAMPLES)).fill(Number.NaN);
  let used = 0;
  const column = (width = 1): Float64Array => {
    used += partitions * width;
    return memory.subarray(used - partitions * width, used);
  };
  const [incoming, committed, records, ageMs] = [column(), column(), column(), column()];
  const [seenOffset, seenMs] = [column(), column()];
  const [guessedOffset, guessedMs] = [column(), column()];
  const window = { committed: column(SAMPLES), lag: column(SAMPLES) };
  const states = new Uint8Array(partitions).fill(lagStates.indexOf('unknown'));
  const totals: GroupTopicTotals = {
    ...{ records: 0, ageMs: Number.NaN, state: 'unknown' },
    ...{ consumedPerSecond: Number.NaN, hasMoved: false },
  };
  let place = first;
  let weighedMs = Number.NaN;
  let sampledMs = Number.NEGATIVE_INFINITY;

  /** Rows lie one behind the other: what moves into the next row is written over. */
  const sample = (partition: number): void => {
    const at = partition * SAMPLES + SAMPLES - 1;
    window.committed[at] = committed[partition]!;
    window.lag[at] = records[partition]!;
  };
  /** When the record was written by the ends alone; between two of them that does not change. */
  const guess = (index: number, partition: number, offset: number, weights: Weights): number => {
    if (guessedOffset[partition] === offset) return guessedMs[partition]!;
    const estimate = weights.samples.writtenAt(index, offset);
    if (estimate === undefined) return Number.NaN;
    if (estimate.afterMs > Number.NEGATIVE_INFINITY) {
      guessedOffset[partition] = offset;
      guessedMs[partition] = estimate.atMs;
    }
    return estimate.atMs;
  };
  const ageOf = (index: number, partition: number, offset: number, weights: Weights): number => {
    const isSeen = seenOffset[partition] === offset && !Number.isNaN(seenMs[partition]!);
    return weights.atMs - (isSeen ? seenMs[partition]! : guess(index, partition, offset, weights));
  };
  /** Returns the offsets that were done since the last round. */
  const weighPartition = (partition: number, weights: Weights): number => {
    const index = place.first + partition;
    const [before, now] = [committed[partition]!, incoming[partition]!];
    committed[partition] = now;
    const low = weights.lows[index]!;
    // what retention took away is not waiting any more
    const offset = weights.quiet.skip(index, Number.isNaN(low) ? now : Math.max(low, now));
    // ends are asked for before commits: who is ahead of them is done
    const behind = Math.max(0, weights.samples.now[index]! - offset);
    records[partition] = behind;
    ageMs[partition] = behind > 0 ? Math.max(0, ageOf(index, partition, offset, weights)) : behind;
    if (behind > 0 && seenOffset[partition] !== offset) {
      // one that stays where it is may have markers alone before it; of others the age may be a guess beyond all samples
      const isGuess = guessedOffset[partition] !== offset;
      if (before === now || isGuess) weights.lookAt(partition, offset);
    }
    return now > before ? now - before : 0;
  };
  const judge = (partition: number, hasMembers: boolean): LagState => {
    if (Number.isNaN(committed[partition]!)) return 'unknown';
    if (records[partition] === 0) return 'ok';
    return judgePartition({ ...window, from: partition * SAMPLES }, hasMembers);
  };

  return {
    ...{ incoming, committed, records, ageMs, totals },
    get place() {
      return place;
    },
    state: (partition) => lagStates[states[partition]!]!,
    move: (next) => {
      place = next;
    },
    weigh(weights) {
      let done = 0;
      for (let partition = 0; partition < partitions; partition += 1)
        done += weighPartition(partition, weights);
      // a window's newest sample is always this round's
      if (weights.atMs - sampledMs >= weights.sampleEveryMs * 0.9) {
        window.committed.copyWithin(0, 1);
        window.lag.copyWithin(0, 1);
        sampledMs = weights.atMs;
      }
      Object.assign(totals, { records: 0, ageMs: Number.NaN, state: 'ok' });
      for (let partition = 0; partition < partitions; partition += 1) {
        sample(partition);
        const state = judge(partition, weights.hasMembers);
        states[partition] = lagStates.indexOf(state);
        if (Number.isNaN(committed[partition]!)) continue;
        totals.state = graverState(totals.state, state);
        if (records[partition]! > 0) totals.records += records[partition]!;
        if (!(totals.ageMs >= ageMs[partition]!)) {
          if (!Number.isNaN(ageMs[partition]!)) totals.ageMs = ageMs[partition]!;
        }
      }
      const sinceMs = weights.atMs - weighedMs;
      if (sinceMs > 0) {
        const rate = (done * 1000) / sinceMs;
        const share = Math.min(1, sinceMs / EVENED_OUT_MS);
        const old = totals.consumedPerSecond;
        totals.consumedPerSecond = Number.isNaN(old) ? rate : old + share * (rate - old);
      }
      weighedMs = weights.atMs;
      totals.hasMoved ||= done > 0;
    },
    saw(partition, offset, writtenMs) {
      seenOffset[partition] = offset;
      seenMs[partition] = writtenMs;
    },
  };
};
