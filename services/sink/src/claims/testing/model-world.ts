/**
 * A small broker and warehouse for the model test: what they keep, and what may happen to it. What is granted
 * to the real world: commits are fenced by generation, dead letters by the transactional id's epoch, a token is
 * remembered for TOKEN_WINDOW, a request is gone after FLIGHT, and nothing is in flight when an operator
 * moves a group (tools refuse a group with members). For tests only.
 */
import { parsePosition } from '@millrace/contracts';

export const TRUST = 10;
export const SEND_WITHIN = 3;
export const FLIGHT = 5;
export const TOKEN_WINDOW = 20;

export interface ModelRecord {
  readonly offset: number;
  /** Writer schema: each is an insert of its own. */
  readonly schema: number;
  readonly isPoison: boolean;
}

/** A row or a dead letter: which record of which log. */
export interface Place {
  readonly topicId: string;
  readonly offset: number;
}

export interface Request {
  readonly token: string;
  readonly places: readonly Place[];
  readonly until: number;
}

export interface World {
  now: number;
  topicId: string;
  log: readonly ModelRecord[];
  /** The offset behind the log's last record. */
  end: number;
  logStart: number;
  readonly group: {
    generation: number;
    /** Of the partition's transactional id. */
    epoch: number;
    committed: { readonly offset: number; readonly metadata: string } | undefined;
  };
  rows: Place[];
  readonly dead: Place[];
  readonly tokens: Map<string, number>;
  readonly inFlight: Request[];
  /** How often an operator moved the group: dead letters come again then. */
  resets: number;
}

/** A world with a fresh log of these records and an empty table. */
export const createWorld = (log: readonly ModelRecord[]): World => ({
  ...{ now: 0, ...freshLog('log0', log), rows: [], dead: [], resets: 0 },
  group: { generation: 0, epoch: 0, committed: undefined },
  tokens: new Map(),
  inFlight: [],
});

const freshLog = (topicId: string, log: readonly ModelRecord[]) => ({
  ...{ topicId, log, logStart: 0, end: log.at(-1)!.offset + 1 },
});

/** What ClickHouse does with an insert: all of it or, for a token it remembers, nothing. */
export function land(world: World, token: string, places: readonly Place[]): void {
  const landedAt = world.tokens.get(token);
  if (landedAt !== undefined && world.now - landedAt <= TOKEN_WINDOW) return;
  world.tokens.set(token, world.now);
  world.rows.push(...places);
}

/** Requests on the wire arrive in any order, or die at the end of their flight. */
export function settle(world: World, dice: number): void {
  for (let index = world.inFlight.length - 1; index >= 0; index -= 1) {
    const request = world.inFlight[index]!;
    const isOver = world.now > request.until;
    if (!isOver && (dice >> index) % 3 !== 0) continue;
    world.inFlight.splice(index, 1);
    if (!isOver) land(world, request.token, request.places);
  }
}

/**
 * The topic is deleted and made again with the same records; the broker may or may not drop the group's
 * offset. One without a log in it is dropped: nothing could tell that it is not of the new topic.
 */
export function replaceTopic(world: World, dice: number): void {
  const number = Number(world.topicId.slice(3)) + 1;
  Object.assign(world, freshLog(`log${number}`, world.log));
  const isNamed = committedLog(world) !== undefined;
  if (!isNamed || dice % 3 === 0) world.group.committed = undefined;
}

const committedLog = ({ group }: World): string | undefined => {
  const position = parsePosition(group.committed?.metadata ?? '');
  return position === 'foreign' ? undefined : position.log?.topicId;
};

/** Retention takes the log's first records, landed or not. */
export function retain(world: World, dice: number): void {
  world.logStart = Math.min(world.end - 1, world.logStart + 1 + (dice % 2));
  world.log = world.log.filter(({ offset }) => offset >= world.logStart);
}

/**
 * An operator sets the group back, or drops it, and may have deleted rows to land them again. All members
 * are gone, and so is what they had on the wire.
 */
export function moveBack(world: World, dice: number): void {
  settle(world, 0);
  world.inFlight.length = 0;
  world.now += 1;
  world.resets += 1;
  world.group.generation += 1;
  const isOfAnother = (committedLog(world) ?? world.topicId) !== world.topicId;
  const committed = isOfAnother ? undefined : world.group.committed;
  const reached = Math.max(committed?.offset ?? world.logStart, world.logStart);
  const to = world.logStart + (dice % (reached - world.logStart + 1));
  world.group.committed = dice % 5 === 0 ? undefined : { offset: to, metadata: '' };
  const deleted = to + (dice % 3);
  if (dice % 2 === 0) {
    world.rows = world.rows.filter(
      ({ topicId, offset }) => topicId !== world.topicId || offset !== deleted,
    );
  }
}
