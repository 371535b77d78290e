/**
 * An owner of the model's partition: the lane in small. It drives the real state machine, the real texts
 * and tokens and the real beginning; a mutation of any of them is passed in. For tests only.
 */

import {
  type Claim,
  claimText,
  claimToken,
  memoryAt,
  parsePosition,
  restingText,
} from '@millrace/contracts';
import { silentLogger } from '@millrace/pipeline';
import { type Bearings, beginPartition, takeBearings } from '../begin-partition.ts';
import {
  type LaneEffect,
  type LaneEvent,
  type LaneRules,
  type LaneState,
  laneStart,
  laneStep,
} from '../protocol.ts';
import {
  FLIGHT,
  land,
  type ModelRecord,
  type Place,
  SEND_WITHIN,
  TRUST,
  type World,
} from './model-world.ts';

/** What a mutation may change. */
export interface Protocol {
  readonly step: typeof laneStep;
  readonly rules: LaneRules;
  readonly begin: typeof beginPartition;
  readonly bearings: typeof takeBearings;
  readonly memory: typeof memoryAt;
  readonly resting: typeof restingText;
  readonly token: (claim: Claim, schema: number, owner: number) => string;
  /** Whether a row is one of the claim's records, when the table is asked. */
  readonly isOfClaim: (row: Place, claim: Claim) => boolean;
  readonly fencesCommits: boolean;
  readonly fencesDeadLetters: boolean;
  readonly sendWithin: number;
}

const TABLE = 't_raw';

export const protocol: Protocol = {
  ...{ step: laneStep, begin: beginPartition, bearings: takeBearings, memory: memoryAt },
  resting: restingText,
  rules: { tokenTrustMs: TRUST, readsBack: true },
  token: (claim, schema) => claimToken('cluster', 'topic', 0, claim, schema),
  isOfClaim: (row, claim) =>
    row.topicId === claim.log!.topicId && row.offset >= claim.from && row.offset <= claim.to,
  ...{ fencesCommits: true, fencesDeadLetters: true, sendWithin: SEND_WITHIN },
};

export interface Owner {
  readonly generation: number;
  /** Of the transactional id; 0 until it is opened. */
  epoch: number;
  readonly topicId: string;
  readonly start: ReturnType<typeof beginPartition>;
  bearings: Bearings | undefined;
  state: LaneState;
  effect: LaneEffect | undefined;
  decidedAt: number;
}

/** A new generation, and the owner that it gives the partition to. */
export function assign(world: World, by: Protocol): Owner {
  world.group.generation += 1;
  const { topicId, logStart, group } = world;
  const { committed } = group;
  const position = parsePosition(committed?.metadata ?? '');
  if (position === 'foreign') throw new Error('the model commits nothing foreign');
  const isGone = position.log !== undefined && position.log.topicId !== topicId;
  if (position.claim?.transactional || isGone) group.epoch += 1;
  const start = by.begin(
    {
      ...{ topic: 'topic', partition: 0, topicId, logStartOffset: logStart },
      startOffset: committed?.offset ?? logStart,
      ...(committed && { committed }),
    },
    { clusterId: 'cluster', epoch: '0', logger: silentLogger },
  );
  return {
    ...{ generation: group.generation, topicId, start, effect: undefined, decidedAt: world.now },
    epoch: position.claim?.transactional || isGone ? group.epoch : 0,
    bearings: start.isKnown ? start : undefined,
    state: laneStart(start.start, start.claim),
  };
}

/** One turn of an owner: finish its effect, or begin what its phase waits for. */
export function turn(world: World, owner: Owner, dice: number, by: Protocol): void {
  const feed = (event: LaneEvent): void => {
    const step = by.step(owner.state, event, by.rules);
    owner.state = step.state;
    owner.effect = step.effect;
    owner.decidedAt = world.now;
  };
  if (owner.effect) perform(world, owner, owner.effect, dice, by, feed);
  else if (owner.state.phase === 'replaying') feed({ kind: 'covered', nowMs: world.now });
  else if (owner.state.phase === 'reading') {
    const claim = nextClaim(world, owner, owner.state.committed, dice, by);
    if (claim) feed({ kind: 'ranged', claim });
  }
}

type Feed = (event: LaneEvent) => void;

function perform(
  world: World,
  owner: Owner,
  effect: LaneEffect,
  dice: number,
  by: Protocol,
  feed: Feed,
): void {
  const { claim } = effect;
  if (effect.kind === 'claim') {
    if (claim.transactional) openTransactions(world, owner);
    commit(world, owner, claim.from, claimText(claim), dice, by, feed);
  } else if (effect.kind === 'insert') {
    insert(world, owner, effect, dice, by, feed);
  } else if (effect.kind === 'isolate') {
    const deadOffsets = recordsOf(world, owner, claim)
      .filter(({ isPoison }) => isPoison)
      .map(({ offset }) => offset);
    feed({ kind: 'isolated', claim: { ...claim, deadOffsets, transactional: true } });
  } else if (effect.kind === 'read-back') {
    const present = world.rows.filter((row) => by.isOfClaim(row, claim)).map((row) => row.offset);
    const missing = recordsOf(world, owner, claim)
      .map(({ offset }) => offset)
      .filter((offset) => !present.includes(offset) && !claim.deadOffsets.includes(offset));
    feed({ kind: 'compared', missing });
  } else {
    advance(world, owner, effect, dice, by, feed);
  }
}

const openTransactions = (world: World, owner: Owner): void => {
  if (owner.epoch !== 0) return;
  world.group.epoch += 1;
  owner.epoch = world.group.epoch;
};

/** What Kafka still has of a claim; nothing when the topic is another one now. */
const recordsOf = (world: World, owner: Owner, claim: Claim): readonly ModelRecord[] =>
  owner.topicId !== world.topicId
    ? []
    : world.log.filter(({ offset }) => offset >= claim.from && offset <= claim.to);

function nextClaim(
  world: World,
  owner: Owner,
  from: number,
  dice: number,
  by: Protocol,
): Claim | undefined {
  if (from >= world.end || owner.topicId !== world.topicId) return undefined;
  owner.bearings ??= by.bearings(owner.start, landedBefore(world), world.now, silentLogger);
  return {
    ...{ from, to: Math.min(from + (dice % 3), world.end - 1), atMs: world.now, table: TABLE },
    ...{ deadSchemas: [], deadOffsets: [], transactional: false },
    log: owner.bearings.log,
    ...by.memory(from, owner.bearings),
  };
}

function landedBefore(world: World) {
  const offsets = world.rows
    .filter((row) => row.topicId === world.topicId)
    .map((row) => row.offset);
  return { last: offsets.length > 0 ? Math.max(...offsets) : undefined, unnamedRows: false };
}

/** Commits under the owner's generation; the reply may get lost, and the owner then tries again. */
function commit(
  world: World,
  owner: Owner,
  offset: number,
  metadata: string,
  dice: number,
  by: Protocol,
  feed: Feed,
): void {
  if (by.fencesCommits && owner.generation !== world.group.generation) {
    feed({ kind: 'fenced' });
    return;
  }
  if (dice % 4 === 1) return;
  world.group.committed = { offset, metadata };
  if (dice % 4 !== 2) feed({ kind: 'committed', nowMs: world.now });
}

function advance(
  world: World,
  owner: Owner,
  { claim, next }: LaneEffect & { kind: 'advance' },
  dice: number,
  by: Protocol,
  feed: Feed,
): void {
  const offset = claim.to + 1;
  const bearings = owner.bearings!;
  const metadata = next ? claimText(next) : by.resting(bearings.log, by.memory(offset, bearings));
  if (!claim.transactional) {
    commit(world, owner, offset, metadata, dice, by, feed);
    return;
  }
  // Dead letters and the offset in one transaction, fenced by epoch and not by generation.
  if (by.fencesDeadLetters && owner.epoch !== world.group.epoch) {
    feed({ kind: 'fenced' });
    return;
  }
  world.dead.push(...claim.deadOffsets.map((dead) => ({ topicId: owner.topicId, offset: dead })));
  world.group.committed = { offset, metadata };
  feed({ kind: 'committed', nowMs: world.now });
}

function insert(
  world: World,
  owner: Owner,
  { claim, only }: LaneEffect & { kind: 'insert' },
  dice: number,
  by: Protocol,
  feed: Feed,
): void {
  if (world.now - owner.decidedAt > by.sendWithin) {
    feed({ kind: 'uncertain', nowMs: world.now });
    return;
  }
  const records = recordsOf(world, owner, claim).filter(
    ({ offset }) => !claim.deadOffsets.includes(offset) && (!only || only.includes(offset)),
  );
  const groups = [...Map.groupBy(records, ({ schema }) => schema)];
  for (const [index, [schema, group]] of groups.entries()) {
    if (group.some(({ isPoison }) => isPoison)) {
      feed({ kind: 'rejected' });
      return;
    }
    const token = by.token(claim, schema, owner.generation);
    const places = group.map(({ offset }) => ({ topicId: owner.topicId, offset }));
    // Each insert of the range may end otherwise: half of its groups landed is a state of its own.
    const outcome = (dice >> index) % 5;
    if (outcome === 3) world.inFlight.push({ token, places, until: world.now + FLIGHT });
    else if (outcome !== 2) land(world, token, places);
    if (outcome > 0) {
      feed({ kind: 'uncertain', nowMs: world.now });
      return;
    }
  }
  const next = dice % 2 === 0 ? nextClaim(world, owner, claim.to + 1, dice >> 3, by) : undefined;
  feed(next ? { kind: 'landed', next } : { kind: 'landed' });
}
