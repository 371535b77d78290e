/** What of a round somebody must know of: groups that stand still, went back, or are late for three rounds in a row. */
import type { Condition, ConditionBoard } from '../conditions/condition-board.ts';
import { type GroupEntry, hasMembers } from './group-book.ts';
import type { KnownGroups } from './known-groups.ts';
import type { LagSight } from './lag-watcher.ts';

export interface LagAlarm {
  raise(sight: LagSight): void;
}

/** One round may have met a burst. */
const LATE_ROUNDS = 3;
const BAD_TIMES = 10;

const stateNames = {
  stalled: 'ConsumerStalled',
  stopped: 'ConsumerStopped',
  rewound: 'ConsumerRewound',
} as const;

/** One for all: to make it costs more than a thousand uses. */
const grouped = new Intl.NumberFormat('en');
const records = (count: number) => `${grouped.format(count)} record${count === 1 ? '' : 's'}`;
const seconds = (ms: number) => (ms >= 0 ? `, the first ${Math.round(ms / 1000)} s old` : '');

const summaryOf = (entry: GroupEntry): string => {
  const waiting = `${records(entry.records)} wait${entry.records === 1 ? 's' : ''}${seconds(entry.ageMs)}`;
  const graver = [...entry.topics].filter(([, { totals }]) => totals.state === entry.state);
  const where = graver.map(([topic]) => topic);
  const on = where.length > 3 ? `${where.slice(0, 3).join(', ')} and others` : where.join(', ');
  if (entry.state === 'stopped') return `has no members and commits nothing on ${on}: ${waiting}`;
  if (entry.state === 'rewound') return `went back on ${on}: ${waiting}`;
  const members = entry.members.length;
  return `has ${members === 1 ? 'one member' : `${members} members`} and stays where it is on ${on}: ${waiting}`;
};

const standing = (entry: GroupEntry): Condition | undefined => {
  if (entry.state !== 'stalled' && entry.state !== 'stopped' && entry.state !== 'rewound')
    return undefined;
  return {
    key: `lag:state:${entry.groupId}`,
    name: stateNames[entry.state],
    severity: entry.state === 'rewound' ? 'warning' : 'critical',
    subject: entry.groupId,
    summary: summaryOf(entry),
  };
};

export const createLagAlarm = (board: ConditionBoard, known: KnownGroups): LagAlarm => {
  /** Rounds in a row, by group and topic. */
  let late = new Map<string, number>();

  const lateness = (entry: GroupEntry, rounds: Map<string, number>): Condition[] =>
    [...entry.topics].flatMap(([topic, { totals }]) => {
      const secondsMax = known.secondsMax(entry.groupId, topic);
      if (!(totals.ageMs > secondsMax * 1000)) return [];
      const key = `lag:late:${entry.groupId}:${topic}`;
      const times = (late.get(key) ?? 0) + 1;
      rounds.set(key, times);
      if (times < LATE_ROUNDS) return [];
      const contract = known.contract(topic)?.id;
      const isBad = totals.ageMs > secondsMax * 1000 * BAD_TIMES;
      return [
        {
          ...{ key, name: 'ConsumerLag', severity: isBad ? 'critical' : 'warning' },
          ...{ subject: entry.groupId, ...(contract !== undefined && { contract }) },
          summary: `is ${Math.round(totals.ageMs / 1000)} s behind on ${topic} (${records(totals.records)}); ${secondsMax} s are allowed`,
        } as const,
      ];
    });

  return {
    raise({ groups }) {
      const rounds = new Map<string, number>();
      const raised = new Set<string>();
      for (const entry of groups.values()) {
        // nobody expects anything of a group that was never seen alive
        if (entry.state === 'empty' && !hasMembers(entry)) continue;
        const stands = standing(entry);
        const found = stands === undefined ? lateness(entry, rounds) : [stands];
        for (const condition of found) {
          board.raise(condition);
          raised.add(condition.key);
        }
      }
      late = rounds;
      board.keepOnly('lag:', raised);
    },
  };
};
