/**
 * A replay from its phase to its end. Every step may be repeated after a kill: the phase is saved before the
 * step that builds on it, and what lands is kept apart by the replay's own group and epoch.
 */
import type { ClickHouse } from '@millrace/clickhouse';
import { MillraceError, restingText, type WarehouseContract } from '@millrace/contracts';
import { type Progress, runBoundedSink } from '@millrace/dead-letters';
import type { Admin } from '@millrace/kafka';
import { systemClock } from '@millrace/pipeline';
import { type GroupPosition, groupPosition, readTopicLog } from '@millrace/reconcile';
import { landsByOffset } from '../verify/verify-project.ts';
import {
  type Replay,
  type ReplayPhase,
  type ReplayRange,
  type ReplayStore,
  replayGroup,
} from './replay-store.ts';
import { clearRanges, exchangeTables, expectExchangeable } from './replay-tables.ts';
import { offsetsOf } from './replay-text.ts';

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
    if (at.phase === 'done') await forgetGroup(at, on);
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
    const own = await on.admin.committedOffsets(replayGroup(at.id), [at.topic]);
    const places = own.map(({ partition, offset }) => {
      const range = ranges.find((one) => one.partition === partition);
      return { partition, offset, end: range?.end ?? offset };
    });
    await commitPlaces(at, places, true, on);
    at = await saved(at, { phase: 'exchanged', ranges }, on);
  }
  if (at.phase === 'exchanged') {
    await run(at, false, on);
    at = await saved(at, { phase: 'done' }, on);
    await forgetGroup(at, on);
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

const run = async (
  replay: Replay,
  isSide: boolean,
  { admin, onProgress }: CarryOut,
): Promise<void> => {
  const { id, topic, table, side } = replay;
  try {
    await runBoundedSink(
      {
        ...{ epoch: id, group: replayGroup(id) },
        ranges: replay.ranges.map((range) => ({ topic, ...range })),
        tableSuffix: isSide ? side!.table.slice(table.length) : '',
      },
      admin,
      onProgress,
    );
  } catch (error) {
    if (!(error instanceof MillraceError) || error.code !== 'replay.sink-failed') throw error;
    throw new MillraceError(
      'replay.sink-failed',
      `${error.message}; \`millrace replay resume ${id}\` goes on`,
      { cause: error },
    );
  }
};

/** Puts the group where the ranges begin, unless it is under way; partitions without a range are at their end. */
async function placeGroup(replay: Replay, on: CarryOut): Promise<void> {
  const { id, topic, ranges } = replay;
  if ((await on.admin.committedOffsets(replayGroup(id), [topic])).length > 0) return;
  const offsets = (await on.admin.partitionOffsets(topic)).map(({ partition, high }) => {
    const range = ranges.find((one) => one.partition === partition);
    return { partition, offset: range?.from ?? high, end: range?.end ?? high };
  });
  await commitPlaces(replay, offsets, replay.side === undefined, on);
}

/** Its offsets say nothing more. One that still has a killed member is left to the broker, which forgets it. */
async function forgetGroup({ id }: Replay, { admin }: CarryOut): Promise<void> {
  try {
    await admin.deleteGroup(replayGroup(id));
  } catch (error) {
    if (!(error instanceof MillraceError && error.code === 'kafka.refused')) throw error;
  }
}

/**
 * Commits where the replay's sink begins, in the sink's own form: the log, the replay's epoch, and up to where
 * the table has to be compared because others landed in it; a side table is the replay's alone.
 */
async function commitPlaces(
  { id, topic, table }: Replay,
  places: readonly { readonly partition: number; readonly offset: number; readonly end: number }[],
  isCompared: boolean,
  { admin, clickhouse, contract }: CarryOut,
): Promise<void> {
  const isFact = landsByOffset(contract);
  const [cluster, log] = await Promise.all([
    admin.clusterId(),
    isFact
      ? readTopicLog(admin, clickhouse, topic, table)
      : admin.topicId(topic).then((topicId) => ({ topicId, incarnations: [] })),
  ]);
  const unnamedRows = log.incarnations.includes(0);
  const offsets = places.map(({ partition, offset, end }) => {
    const compareBelow = isFact && isCompared ? { compareBelow: end } : {};
    const position = { cluster, topicId: log.topicId, epoch: id };
    return {
      topic,
      partition,
      offset,
      metadata: restingText(position, { ...compareBelow, unnamedRows }),
    };
  });
  await admin.commitOffsets(replayGroup(id), offsets);
}

/** Passes that bring the side table nearer before the exchange; what is left after them is landed behind it. */
const CATCH_UP_PASSES = 3;
/** A pass that had no more to do than this is the last: its own start takes longer than its rows. */
const CLOSE_OFFSETS = 100_000;

async function catchUp(replay: Replay, on: CarryOut): Promise<Replay> {
  let at = replay;
  for (let pass = 0; pass < CATCH_UP_PASSES; pass += 1) {
    const live = await livePositions(at.topic, on);
    const ranges = extended(at.ranges, live, (position) => position.offset);
    const added = offsetsOf({ ranges }) - offsetsOf(at);
    at = await saved(at, { ranges }, on);
    await run(at, true, on);
    if (added <= CLOSE_OFFSETS) break;
  }
  return at;
}

type LivePosition = GroupPosition & { readonly partition: number };

async function livePositions(topic: string, on: CarryOut): Promise<readonly LivePosition[]> {
  const [topicId, committed] = await Promise.all([
    on.admin.topicId(topic),
    on.admin.committedOffsets(on.liveGroup, [topic]),
  ]);
  return committed.flatMap((one) => {
    const position = groupPosition(one, topicId);
    return position ? [{ partition: one.partition, ...position }] : [];
  });
}

/** The ranges up to what the live sink has reached; a partition that it has not begun keeps its range. */
const extended = (
  ranges: readonly ReplayRange[],
  live: readonly LivePosition[],
  endOf: (position: LivePosition) => number,
): readonly ReplayRange[] => {
  const partitions = new Set([...ranges, ...live].map(({ partition }) => partition));
  return [...partitions].map((partition) => {
    const range = ranges.find((one) => one.partition === partition);
    const position = live.find((one) => one.partition === partition);
    const end = Math.max(range?.end ?? 0, position ? endOf(position) : 0);
    return { partition, from: range?.from ?? 0, end };
  });
};

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
