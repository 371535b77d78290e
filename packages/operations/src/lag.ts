/** Consumer groups and how far they are behind. `GET /api/v1/lag`. */
import type { ConditionState, Series } from './severity.ts';

/**
 * By Burrow's rules, from the offsets of a window. With records before it: `stopped` moves no more and has no members, `stalled`
 * has members and stays where it is, `rewound` went back and is not yet where it was, `behind` moves and is never less behind.
 * `empty` has offsets and no members, and nothing to do (or was not seen alive). `unknown`: the window is not full yet, or an
 * end is not known.
 */
export const lagStates = [
  ...['ok', 'behind', 'stalled', 'stopped', 'rewound', 'empty', 'unknown'],
] as const;
export type LagState = (typeof lagStates)[number];

export interface PartitionLag {
  readonly topic: string;
  readonly partition: number;
  /** Null when the group never committed here. */
  readonly committed: number | null;
  readonly end: number;
  readonly records: number | null;
  /** How long ago the first record that is not done was written; 0 when all are. */
  readonly seconds: number | null;
  readonly state: LagState;
  /** Who owns it, as the coordinator knows the member. */
  readonly member: string | null;
}

export interface TopicLag {
  readonly topic: string;
  readonly partitions: number;
  readonly records: number;
  /** Of the partition that is furthest behind; null when none is known. */
  readonly seconds: number | null;
  readonly state: LagState;
  readonly consumedPerSecond: number;
}

export interface GroupLag {
  readonly group: string;
  /** Which service it is, when it is one of ours: `sink`, `stream-transform flights…`. */
  readonly service: string | null;
  readonly members: number;
  /** Those that it has committed on or was dealt. */
  readonly topics: readonly string[];
  /** A line for each topic that it has committed on. */
  readonly topicLags: readonly TopicLag[];
  readonly records: number;
  /** Of the partition that is furthest behind; null when none is known. */
  readonly seconds: number | null;
  readonly state: LagState;
  readonly condition: ConditionState;
  /** Age of the first record that is not done from which the group is late: by the contracts' latency, else by setting. */
  readonly secondsMax: number;
  /** Records a second by which the lag grows (positive) or shrinks, over the last five minutes. */
  readonly trendPerSecond: number | null;
  /** Until nothing is left, at that trend; null when it does not shrink. */
  readonly clearSeconds: number | null;
  readonly consumedPerSecond: number;
  /** Empty where the groups of the report have more than 2,000 together: ask for one group then, `?group=`. */
  readonly partitions: readonly PartitionLag[];
}

/** `GET /api/v1/lag?group=`: one group, or all when left out; the gravest first. */
export interface LagReport {
  readonly atMs: number;
  readonly groups: readonly GroupLag[];
}

/** `GET /api/v1/lag/history?group=&topic=&hours=`: topic left out adds the topics up. */
export interface LagHistory {
  readonly group: string;
  readonly records: Series;
  readonly seconds: Series;
}

/** `GET /api/v1/flow`: what the console draws. */
export interface FlowNode {
  /** `topic:events.flights.departed`, `service:sink`, `table:flights_departed`, `source:flights` … */
  readonly id: string;
  readonly kind: 'producer' | 'source' | 'topic' | 'service' | 'transform' | 'table' | 'dead';
  readonly label: string;
  /** Where the console goes on a click: a contract's id, a group, a transform. */
  readonly subject: string | null;
  readonly condition: ConditionState;
  readonly perSecond: number | null;
}

export interface FlowEdge {
  readonly from: string;
  readonly to: string;
  readonly perSecond: number | null;
  readonly lagRecords: number | null;
  readonly lagSeconds: number | null;
  /** In the last hour. */
  readonly errors: number | null;
  readonly condition: ConditionState;
}

export interface FlowMap {
  readonly atMs: number;
  readonly nodes: readonly FlowNode[];
  readonly edges: readonly FlowEdge[];
}
