/**
 * The round over all groups: layout, ends, groups, what they committed, members, a few records; then everything is weighed.
 * A round costs some requests whatever the number of partitions, and rounds that cost more CPU come less often.
 */
import type { ClusterWatch, PartitionLayout } from '@millrace/kafka';
import type { Clock } from '@millrace/pipeline';
import { carriedColumn, isSameLayout, noLayout } from './carried-column.ts';
import { createEndSamples, type EndSamples } from './end-samples.ts';
import { createGroupBook, type GroupEntry } from './group-book.ts';
import { SAMPLES } from './judge-partition.ts';
import { createLooks } from './look-at-records.ts';
import { createQuietStretches } from './quiet-stretch.ts';
import { createRoundPace } from './round-pace.ts';

export interface LagWatcher {
  round(): Promise<void>;
  /** Until the next round, ms. */
  readonly everyMs: number;
  /** Undefined before the first round has ended well. */
  readonly seen: LagSight | undefined;
}

/** What the last round found; the columns are those of the watcher and change with the next. */
export interface LagSight {
  readonly atMs: number;
  readonly layout: PartitionLayout;
  readonly groups: ReadonlyMap<string, GroupEntry>;
  readonly samples: EndSamples;
  /** First offsets and log ends, a minute old at most. */
  readonly lows: Float64Array;
  readonly highs: Float64Array;
}

export interface LagWatcherOptions {
  readonly cluster: ClusterWatch;
  readonly clock: Clock;
  readonly intervalMs: number;
  readonly windowMs: number;
  readonly cpuPermille: number;
  readonly recordsReadMax: number;
  wasAlive(groupId: string): boolean;
}

const LAYOUT_MS_MAX = 60_000;
/** After a layout that turned out old, and for groups on topics that it does not have. */
const LAYOUT_MS_MIN = 2000;
/** Rounds from one look at a group's members to the next. */
const SELDOM = 6;
/** And at first offsets and log ends, which only retention and open transactions need. */
const RARELY = 12;

export const createLagWatcher = (options: LagWatcherOptions): LagWatcher => {
  const { cluster, clock } = options;
  const pace = createRoundPace(options.intervalMs, options.cpuPermille);
  const samples = createEndSamples();
  const quiet = createQuietStretches();
  const book = createGroupBook(options.wasAlive);
  const looks = createLooks({ samples, quiet, readsMax: options.recordsReadMax });
  let layout: PartitionLayout | undefined;
  let laidOutMs = Number.NEGATIVE_INFINITY;
  let isOld = false;
  let ends = new Float64Array(0);
  let lows = new Float64Array(0);
  let highs = new Float64Array(0);
  let rounds = 0;
  let seen: LagSight | undefined;

  const layOut = async (): Promise<PartitionLayout> => {
    const age = clock.nowMs() - laidOutMs;
    if (layout !== undefined && age < (isOld ? LAYOUT_MS_MIN : LAYOUT_MS_MAX)) return layout;
    const next = await cluster.layout();
    if (layout !== undefined && isSameLayout(layout, next)) {
      [layout, laidOutMs, isOld] = [{ ...layout, leaders: next.leaders }, clock.nowMs(), false];
      if (seen !== undefined) seen = { ...seen, layout };
      return layout;
    }
    samples.follow(next);
    quiet.follow(next);
    book.follow(next);
    ends = new Float64Array(next.partitions);
    lows = carriedColumn(lows, layout ?? noLayout, next);
    highs = carriedColumn(highs, layout ?? noLayout, next);
    [layout, laidOutMs, isOld] = [next, clock.nowMs(), false];
    // what was seen stands in the columns of the new layout from here on
    if (seen !== undefined) seen = { ...seen, layout: next, lows, highs };
    return next;
  };

  const readEnds = async (of: PartitionLayout, isNew: boolean) => {
    const atMs = clock.nowMs();
    const { isStale } = await cluster.boundaries(of, 'stable', ends);
    isOld ||= isStale;
    samples.add((atMs + clock.nowMs()) / 2, ends);
    if (!isNew && rounds % RARELY !== 0) return;
    await cluster.boundaries(of, 'low', lows);
    await cluster.boundaries(of, 'high', highs);
  };

  /** New groups, those whose state changed, and the others in turn. */
  const readMembers = async (changed: ReadonlySet<string>) => {
    const due = [...book.groups.values()].filter(
      ({ groupId, describedIn }) => changed.has(groupId) || rounds - describedIn >= SELDOM,
    );
    // in turn also when many were met in the same round
    const first = due.filter(({ groupId }) => changed.has(groupId));
    const rest = due.filter(({ groupId }) => !changed.has(groupId));
    const asked = [...first, ...rest.slice(0, Math.ceil(book.groups.size / SELDOM))];
    if (asked.length === 0) return;
    const members = await cluster.members(asked.map(({ listed }) => listed));
    for (const entry of asked) {
      const found = members.get(entry.groupId);
      if (found === undefined) continue;
      Object.assign(entry, { members: found, describedIn: rounds });
    }
  };

  const listGroups = async (): Promise<ReadonlySet<string>> => {
    const states = new Map([...book.groups].map(([id, { listed }]) => [id, listed.state]));
    const { groups, isWhole } = await cluster.groups();
    book.list(groups, isWhole);
    const changed = groups.filter(({ groupId, state }) => states.get(groupId) !== state);
    return new Set(changed.map(({ groupId }) => groupId));
  };

  const round = async (): Promise<void> => {
    const before = layout;
    const now = await layOut();
    const changed = await listGroups();
    await readEnds(now, now.topics !== before?.topics);
    const { take, end } = book.taker(now);
    const listed = [...book.groups.values()].map((entry) => entry.listed);
    const told = await cluster.committed(listed, take);
    if (end(told) > 0) isOld = true;
    await readMembers(changed);
    const atMs = clock.nowMs();
    const sampleEveryMs = options.windowMs / SAMPLES;
    book.weigh(told, { atMs, samples, lows, quiet, sampleEveryMs }, looks.want);
    seen = { atMs, layout: now, groups: book.groups, samples, lows, highs };
    rounds += 1;
    await looks.look(cluster, now);
  };

  return {
    async round() {
      const begun = process.cpuUsage();
      try {
        await round();
      } finally {
        const { user, system } = process.cpuUsage(begun);
        pace.spent(user + system);
      }
    },
    get everyMs() {
      return pace.everyMs;
    },
    get seen() {
      return seen;
    },
  };
};
