/**
 * Model test of the claim protocol: several owners, of which all but one are stalled or dead, drive the
 * real state machine against a small broker and warehouse, and fast-check chooses the order in which
 * things happen and go wrong. What the model grants the real world: commits are fenced by generation,
 * transactions by epoch, a token is remembered for TOKEN_WINDOW, a request is gone after FLIGHT.
 */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Claim } from './claim.ts';
import {
  type LaneEffect,
  type LaneEvent,
  type LaneState,
  laneStart,
  laneStep,
} from './protocol.ts';

const TRUST = 10;
const SEND_WITHIN = 3;
const FLIGHT = 5;
const TOKEN_WINDOW = 20;
const TIME_STEPS = [1, 2, 4, 7, 11, 25];
const RULES = { tokenTrustMs: TRUST, readsBack: true };

interface World {
  now: number;
  readonly log: readonly number[];
  readonly poison: ReadonlySet<number>;
  readonly group: { generation: number; offset: number; claim: Claim | undefined; epoch: number };
  readonly rows: number[];
  readonly tokens: Map<string, number>;
  readonly dead: number[];
  readonly inFlight: {
    readonly token: string;
    readonly offsets: number[];
    readonly until: number;
  }[];
}

interface Owner {
  readonly generation: number;
  epoch: number;
  state: LaneState;
  effect: LaneEffect | undefined;
  decidedAt: number;
}

const tokenOf = (claim: Claim): string => `${claim.from}-${claim.to}`;
const covered = (world: World, claim: Claim): number[] =>
  world.log.filter((offset) => offset >= claim.from && offset <= claim.to);

/** What ClickHouse does with an insert: all of it or, for a token it remembers, nothing. */
function land(world: World, token: string, offsets: readonly number[]): void {
  const landedAt = world.tokens.get(token);
  if (landedAt !== undefined && world.now - landedAt <= TOKEN_WINDOW) return;
  world.tokens.set(token, world.now);
  world.rows.push(...offsets);
}

function assign(world: World): Owner {
  world.group.generation += 1;
  const owner: Owner = {
    generation: world.group.generation,
    epoch: 0,
    state: laneStart(world.group.offset, world.group.claim),
    effect: undefined,
    decidedAt: world.now,
  };
  if (world.group.claim?.transactional) {
    world.group.epoch += 1;
    owner.epoch = world.group.epoch;
  }
  return owner;
}

function feed(world: World, owner: Owner, event: LaneEvent): void {
  const step = laneStep(owner.state, event, RULES);
  owner.state = step.state;
  owner.effect = step.effect;
  owner.decidedAt = world.now;
}

function rangeFrom(world: World, from: number, length: number): Claim | undefined {
  const last = world.log.at(-1)!;
  if (from > last) return undefined;
  const to = Math.min(from + length - 1, last);
  const base = { from, to, atMs: world.now, table: 't', deadSchemas: [], deadOffsets: [] };
  return { ...base, transactional: false };
}

/** Commits under the owner's generation; the reply may get lost, and the owner then tries again. */
function commit(
  world: World,
  owner: Owner,
  offset: number,
  claim: Claim | undefined,
  dice: number,
) {
  if (owner.generation !== world.group.generation) {
    feed(world, owner, { kind: 'fenced' });
    return;
  }
  if (dice % 4 === 1) return;
  world.group.offset = offset;
  world.group.claim = claim;
  if (dice % 4 !== 2) feed(world, owner, { kind: 'committed', nowMs: world.now });
}

/** Dead letters and the offset in one transaction, fenced by epoch and not by generation. */
function advanceInTransaction(world: World, owner: Owner, claim: Claim, next: Claim | undefined) {
  if (owner.epoch !== world.group.epoch) {
    feed(world, owner, { kind: 'fenced' });
    return;
  }
  world.dead.push(...claim.deadOffsets);
  world.group.offset = claim.to + 1;
  world.group.claim = next;
  feed(world, owner, { kind: 'committed', nowMs: world.now });
}

function insert(world: World, owner: Owner, effect: LaneEffect & { kind: 'insert' }, dice: number) {
  const { claim } = effect;
  if (world.now - owner.decidedAt > SEND_WITHIN) {
    feed(world, owner, { kind: 'uncertain', nowMs: world.now });
    return;
  }
  const offsets = (effect.only ?? covered(world, claim)).filter(
    (offset) => !claim.deadOffsets.includes(offset),
  );
  if (offsets.some((offset) => world.poison.has(offset))) {
    feed(world, owner, { kind: 'rejected' });
    return;
  }
  const outcome = dice % 5;
  if (outcome === 3) {
    world.inFlight.push({ token: tokenOf(claim), offsets, until: world.now + FLIGHT });
  } else if (outcome !== 2) {
    land(world, tokenOf(claim), offsets);
  }
  if (outcome > 0) feed(world, owner, { kind: 'uncertain', nowMs: world.now });
  else feed(world, owner, landedEvent(world, claim, dice));
}

function landedEvent(world: World, claim: Claim, dice: number): LaneEvent {
  const next = dice % 2 === 0 ? rangeFrom(world, claim.to + 1, 1 + (dice % 3)) : undefined;
  return next ? { kind: 'landed', next } : { kind: 'landed' };
}

function perform(world: World, owner: Owner, effect: LaneEffect, dice: number): void {
  const { claim } = effect;
  const all = covered(world, claim);
  if (effect.kind === 'claim') {
    if (claim.transactional && owner.epoch === 0) {
      world.group.epoch += 1;
      owner.epoch = world.group.epoch;
    }
    commit(world, owner, claim.from, claim, dice);
  } else if (effect.kind === 'insert') {
    insert(world, owner, effect, dice);
  } else if (effect.kind === 'isolate') {
    const deadOffsets = all.filter((offset) => world.poison.has(offset));
    feed(world, owner, { kind: 'isolated', claim: { ...claim, deadOffsets, transactional: true } });
  } else if (effect.kind === 'read-back') {
    const missing = all.filter(
      (offset) => !world.rows.includes(offset) && !claim.deadOffsets.includes(offset),
    );
    feed(world, owner, { kind: 'compared', missing });
  } else if (claim.transactional) {
    advanceInTransaction(world, owner, claim, effect.next);
  } else {
    commit(world, owner, claim.to + 1, effect.next, dice);
  }
}

/** One turn of an owner: finish its effect, or begin what its phase waits for. */
function turn(world: World, owner: Owner, dice: number): void {
  if (owner.effect) {
    perform(world, owner, owner.effect, dice);
  } else if (owner.state.phase === 'replaying') {
    feed(world, owner, { kind: 'covered', nowMs: world.now });
  } else if (owner.state.phase === 'reading') {
    const claim = rangeFrom(world, owner.state.committed, 1 + (dice % 3));
    if (claim) feed(world, owner, { kind: 'ranged', claim });
  }
}

interface Scenario {
  readonly length: number;
  readonly gaps: readonly number[];
  readonly poison: readonly number[];
  readonly moves: readonly (readonly [kind: number, dice: number])[];
}

function play(scenario: Scenario): World {
  const log = Array.from({ length: scenario.length }, (_, offset) => offset).filter(
    (offset) => offset === scenario.length - 1 || !scenario.gaps.includes(offset),
  );
  const world: World = {
    now: 0,
    log,
    poison: new Set(scenario.poison.filter((offset) => log.includes(offset))),
    group: { generation: 0, offset: 0, claim: undefined, epoch: 0 },
    rows: [],
    tokens: new Map(),
    dead: [],
    inFlight: [],
  };
  let owners = [assign(world)];
  for (const [kind, dice] of scenario.moves) {
    settle(world, dice);
    if (kind === 0) owners = [...owners.slice(-2), assign(world)];
    else if (kind === 1) owners = owners.length > 1 ? owners.slice(1) : [assign(world)];
    else if (kind === 2) world.now += TIME_STEPS[dice % TIME_STEPS.length]!;
    else turn(world, owners[dice % owners.length]!, dice >> 2);
  }
  finish(world);
  return world;
}

/** Requests on the wire arrive in any order, or die at the end of their flight. */
function settle(world: World, dice: number): void {
  for (let index = world.inFlight.length - 1; index >= 0; index -= 1) {
    const request = world.inFlight[index]!;
    const isOver = world.now > request.until;
    if (!isOver && (dice >> index) % 3 !== 0) continue;
    world.inFlight.splice(index, 1);
    if (!isOver) land(world, request.token, request.offsets);
  }
}

/** The faults end: one last owner works until everything is committed. */
function finish(world: World): void {
  settle(world, 0);
  const owner = assign(world);
  for (let rounds = 0; rounds < 200; rounds += 1) {
    if (owner.state.phase === 'reading' && owner.state.committed > world.log.at(-1)!) return;
    turn(world, owner, 0);
  }
  throw new Error('the last owner did not come to an end');
}

const scenarios = fc.record({
  length: fc.integer({ min: 1, max: 8 }),
  gaps: fc.array(fc.nat(7), { maxLength: 3 }),
  poison: fc.array(fc.nat(3), { maxLength: 2 }),
  moves: fc.array(fc.tuple(fc.nat(13), fc.nat(1_000)), {
    minLength: 10,
    maxLength: 100,
    size: 'max',
  }),
});

test('whatever crashes, stalls or gets lost, each record lands exactly once or is dead exactly once', () => {
  fc.assert(
    fc.property(scenarios, (scenario) => {
      const world = play(scenario);
      const sound = world.log.filter((offset) => !world.poison.has(offset));
      expect(world.rows.toSorted((a, b) => a - b)).toEqual(sound);
      expect(world.dead.toSorted((a, b) => a - b)).toEqual(
        [...world.poison].toSorted((a, b) => a - b),
      );
    }),
    { numRuns: 5_000 },
  );
});
