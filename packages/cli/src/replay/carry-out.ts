/**
 * A replay from its phase to its end. Every step may be repeated after a kill: the phase is saved before the
 * step that builds on it, and what lands is kept apart by the replay's own group and epoch.
 */
import type { ClickHouse } from '@millrace/clickhouse';
import { MillraceError, type WarehouseContract } from '@millrace/contracts';
import type { Admin } from '@millrace/kafka';
import { systemClock } from '@millrace/pipeline';
import { landsByOffset } from '../verify/verify-project.ts';
import { type Progress, runBoundedSink } from './bounded-sink.ts';
import {
  type Replay,
  type ReplayPhase,
  type ReplayRange,
  type ReplayStore,
  replayGroup,
} from './replay-store.ts';
import { clearRanges, exchangeTables, expectExchangeable } from './replay-tables.ts';

export interface CarryOut {
  readonly contract: WarehouseContract;
  readonly store: ReplayStore;
  readonly admin: Admin;
  readonly clickhouse: ClickHouse;
  /** The group of the sink that goes on meanwhile. */
  readonly liveGroup: string;
  onProgress(progress: Progress): void;
}

/** Clears what is to be replaced and lands the ranges; the answer has the phase `landed` or `done`. */
export async function landReplay(replay: Replay, on: CarryOut): Promise<Replay> {
  let at = replay;
  if (at.phase === 'planned') {
    if (at.mode === 'replace') await clearRanges(on.clickhouse, at);
    at = await saved(at, { phase: 'cleared' }, on);
  }
  if (at.phase === 'cleared') {
    await placeGroup(at, on);
    await run(at, at.side !== undefined, on);
    at = await saved(at, { phase: at.mode === 'side-table' ? 'landed' : 'done' }, on);
  }
  return at;
}

/** Brings the side table up to the live one, puts it in its place, and lands what came in between. */
export async function swapReplay(replay: Replay, on: CarryOut): Promise<Replay> {
  let at = replay;
  if (at.phase === 'landed') {
    await expectExchangeable(on.clickhouse, at, landsByOffset(on.contract));
    at = await catchUp(at, on);
    at = await saved(at, { phase: 'exchanging' }, on);
  }
  if (at.phase === 'exchanging') {
    await exchangeTables(on.clickhouse, at);
    const ranges = await landedThrough(at, on);
    at = await saved(at, { phase: 'exchanged', ranges }, on);
  }
  if (at.phase === 'exchanged') {
    await run(at, false, on);
    at = await saved(at, { phase: 'done' }, on);
  }
  return at;
}

async function saved(
  replay: Replay,
  change: { readonly phase?: ReplayPhase; readonly ranges?: readonly ReplayRange[] },
  { store }: CarryOut,
): Promise<Replay> {
  const next = { ...replay, ...change };
  await store.save(next);
  return next;
}

const run = (replay: Replay, isSide: boolean, { admin, onProgress, contract }: CarryOut) =>
  runBoundedSink(
    {
      replay,
      tableSuffix: isSide ? replay.side!.table.slice(replay.table.length) : '',
      // nothing but this replay writes to a side table, whose tokens are enough
      compare: !isSide && landsByOffset(contract),
    },
    admin,
    onProgress,
  );

/** Puts the group where the ranges begin, unless it is under way; partitions without a range are at their end. */
async function placeGroup({ id, topic, ranges }: Replay, { admin }: CarryOut): Promise<void> {
  const group = replayGroup(id);
  if ((await admin.committedOffsets(group, [topic])).length > 0) return;
  const offsets = (await admin.partitionOffsets(topic)).map(({ partition, high }) => ({
    topic,
    partition,
    offset: ranges.find((one) => one.partition === partition)?.from ?? high,
    metadata: '',
  }));
  await admin.commitOffsets(group, offsets);
}

/** Passes that bring the side table nearer before the exchange; what is left after them is landed behind it. */
const CATCH_UP_PASSES = 3;

async function catchUp(replay: Replay, on: CarryOut): Promise<Replay> {
  let at = replay;
  for (let pass = 0; pass < CATCH_UP_PASSES; pass += 1) {
    const live = await livePositions(at.topic, on);
    const ranges = extended(at.ranges, live, (position) => position.offset);
    at = await saved(at, { ranges }, on);
    await run(at, true, on);
  }
  return at;
}

interface LivePosition {
  readonly partition: number;
  readonly offset: number;
  /** Behind the claim that is under way; the offset when there is none. */
  readonly claimedEnd: number;
}

async function livePositions(topic: string, on: CarryOut): Promise<readonly LivePosition[]> {
  const committed = await on.admin.committedOffsets(on.liveGroup, [topic]);
  return committed.map(({ partition, offset, metadata }) => ({
    partition,
    offset,
    claimedEnd: claimedEnd(metadata) ?? offset,
  }));
}

/** The offset behind a claim, as the sink writes it into the metadata of its group's offset. */
export function claimedEnd(metadata: string): number | undefined {
  if (metadata === '') return undefined;
  const { c } = JSON.parse(metadata) as { c?: readonly [number, number] };
  return c && c[1] + 1;
}

const extended = (
  ranges: readonly ReplayRange[],
  live: readonly LivePosition[],
  endOf: (position: LivePosition) => number,
): readonly ReplayRange[] =>
  live.map((position) => {
    const range = ranges.find((one) => one.partition === position.partition);
    const { partition } = position;
    return { partition, from: range?.from ?? 0, end: Math.max(range?.end ?? 0, endOf(position)) };
  });

/** A claim of the live sink may take this long to be over before a person has to look, ms. */
const CLAIM_WAIT_MS = 120_000;
const ASK_EVERY_MS = 100;

/**
 * After the exchange: the ranges up to the end of every claim that may have been inserted into the old table,
 * once the live sink has left those claims behind. Claims that it makes later are inserted into the new one.
 */
async function landedThrough(replay: Replay, on: CarryOut): Promise<readonly ReplayRange[]> {
  const claims = await livePositions(replay.topic, on);
  const deadlineMs = systemClock.nowMs() + CLAIM_WAIT_MS;
  for (;;) {
    const now = await livePositions(replay.topic, on);
    const behind = claims.find(({ partition, claimedEnd: end }) =>
      now.some((one) => one.partition === partition && one.offset < end),
    );
    if (behind === undefined) break;
    if (systemClock.nowMs() > deadlineMs) {
      throw new MillraceError(
        'replay.sink-failed',
        `the tables are exchanged, and ${on.liveGroup} does not get beyond its claim up to ${behind.claimedEnd} of partition ${behind.partition}; start the sink, then \`millrace replay resume ${replay.id}\``,
      );
    }
    await systemClock.sleep(ASK_EVERY_MS);
  }
  return extended(replay.ranges, claims, ({ claimedEnd: end }) => end);
}
