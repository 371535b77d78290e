/**
 * Model test of the claim protocol: several owners, of which all but one are stalled or dead, drive the real
 * state machine, texts, tokens and beginnings against a small broker and warehouse, and fast-check chooses the
 * order in which things happen and go wrong. Each mutation of the protocol below must be caught by it.
 */
import { restingText } from '@millrace/contracts';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { laneStep } from './protocol.ts';
import { assign, type Owner, type Protocol, protocol, turn } from './testing/model-owner.ts';
import {
  createWorld,
  type ModelRecord,
  moveBack,
  type Place,
  replaceTopic,
  retain,
  settle,
  type World,
} from './testing/model-world.ts';

const TIME_STEPS = [1, 2, 4, 7, 11, 25];

interface Scenario {
  readonly log: readonly ModelRecord[];
  readonly moves: readonly (readonly [move: Move, dice: number])[];
}

type Move = 'turn' | 'assign' | 'die' | 'wait' | 'replace' | 'retain' | 'move-back';

const moves = fc.oneof(
  { weight: 30, arbitrary: fc.constant<Move>('turn') },
  { weight: 3, arbitrary: fc.constantFrom<Move>('assign', 'die', 'wait') },
  { weight: 1, arbitrary: fc.constantFrom<Move>('replace', 'retain', 'move-back') },
);

const scenarios: fc.Arbitrary<Scenario> = fc.record({
  log: fc
    .array(fc.record({ isGap: fc.boolean(), schema: fc.nat(1), luck: fc.nat(5) }), {
      minLength: 1,
      maxLength: 8,
    })
    .map((list) =>
      list
        .map(({ isGap, schema, luck }, offset) => ({ isGap, offset, schema, isPoison: luck === 0 }))
        .filter(({ isGap, offset }) => !isGap || offset === list.length - 1)
        .map(({ offset, schema, isPoison }) => ({ offset, schema, isPoison })),
    ),
  moves: fc.array(fc.tuple(moves, fc.nat(1_000)), { minLength: 10, maxLength: 100, size: 'max' }),
});

function play({ log, moves: chosen }: Scenario, by: Protocol): World {
  const world = createWorld(log);
  let owners: Owner[] = [assign(world, by)];
  for (const [move, dice] of chosen) {
    settle(world, dice);
    if (move === 'assign') owners = [...owners.slice(-2), assign(world, by)];
    else if (move === 'die') owners = owners.length > 1 ? owners.slice(1) : [assign(world, by)];
    else if (move === 'wait') world.now += TIME_STEPS[dice % TIME_STEPS.length]!;
    else if (move === 'replace') replaceTopic(world, dice);
    else if (move === 'retain') retain(world, dice);
    else if (move === 'move-back') {
      moveBack(world, dice);
      owners = [assign(world, by)];
    } else turn(world, owners[dice % owners.length]!, dice >> 2, by);
  }
  finish(world, by);
  return world;
}

/** The faults end: one last owner works until everything is committed. */
function finish(world: World, by: Protocol): void {
  settle(world, 0);
  const owner = assign(world, by);
  for (let rounds = 0; rounds < 200; rounds += 1) {
    if (owner.state.phase === 'reading' && owner.state.committed >= world.end) return;
    turn(world, owner, 0, by);
  }
  throw new Error('the last owner did not come to an end');
}

const names = (places: readonly Place[]): string[] =>
  places.map(({ topicId, offset }) => `${topicId}/${offset}`).sort();

/** Throws when a record is missing or twice; what retention or the end of a topic took may be missing. */
function audit(world: World): void {
  const rows = names(world.rows);
  const dead = names(world.dead);
  expect(rows).toEqual([...new Set(rows)]);
  // Set back, a group meets its dead letters again.
  if (world.resets === 0) expect(dead).toEqual([...new Set(dead)]);
  const wanted = (isPoison: boolean) =>
    names(
      world.log
        .filter((record) => record.isPoison === isPoison)
        .map(({ offset }) => ({ topicId: world.topicId, offset })),
    );
  expect(rows).toEqual(expect.arrayContaining(wanted(false)));
  expect(dead).toEqual(expect.arrayContaining(wanted(true)));
  expect(rows.filter((row) => dead.includes(row))).toEqual([]);
}

const property = (by: Protocol) => fc.property(scenarios, (scenario) => audit(play(scenario, by)));

test('whatever crashes, stalls, gets lost, is set back or made again, each record lands once or is dead once', () => {
  fc.assert(property(protocol), { numRuns: 5_000 });
});

const mutations: readonly (readonly [what: string, mutant: Partial<Protocol>])[] = [
  [
    'a range is inserted before it is claimed',
    {
      step: (state, event, rules) =>
        event.kind === 'ranged'
          ? laneStep(
              { phase: 'claiming', claim: event.claim },
              { kind: 'committed', nowMs: 0 },
              rules,
            )
          : laneStep(state, event, rules),
    },
  ],
  [
    'a claim found at assignment is not repeated',
    { begin: (...asked) => ({ ...protocol.begin(...asked), claim: undefined }) },
  ],
  [
    'an insert without an answer counts as landed',
    {
      step: (state, event, rules) =>
        state.phase === 'inserting' && event.kind === 'uncertain'
          ? laneStep(state, { kind: 'landed' }, rules)
          : laneStep(state, event, rules),
    },
  ],
  [
    'an old token is trusted',
    { rules: { ...protocol.rules, tokenTrustMs: Number.POSITIVE_INFINITY } },
  ],
  ['a late decision is sent still', { sendWithin: Number.POSITIVE_INFINITY }],
  [
    'what a comparison found missing is inserted under a token of its owner',
    { token: (claim, schema, owner) => `${protocol.token(claim, schema, owner)}:${owner}` },
  ],
  [
    'all writer schemas of a range share a token',
    { token: (claim, _schema, owner) => protocol.token(claim, 0, owner) },
  ],
  [
    'a token does not name the log',
    {
      token: ({ log, ...claim }, schema, owner) =>
        protocol.token({ ...claim, log: { ...log!, topicId: '' } }, schema, owner),
    },
  ],
  [
    'the epoch is not renewed when a group was set back',
    {
      bearings: (start, ...asked) => ({
        ...protocol.bearings(start, ...asked),
        log: start.log,
      }),
    },
  ],
  ['commits are not fenced', { fencesCommits: false }],
  ['dead letters are not fenced', { fencesDeadLetters: false }],
  ['nothing is remembered of what has to be compared', { memory: () => ({}) }],
  [
    'how far to compare is not written with an offset behind a range',
    { resting: (log) => restingText(log) },
  ],
  [
    'a claim found at assignment is repeated in another size',
    {
      begin: (...asked) => {
        const begun = protocol.begin(...asked);
        return begun.claim ? { ...begun, claim: { ...begun.claim, to: begun.claim.from } } : begun;
      },
    },
  ],
  [
    'rows of a topic that is gone count as rows of the new one',
    { isOfClaim: (row, { from, to }) => row.offset >= from && row.offset <= to },
  ],
  [
    'the offset of a topic that is gone is honoured',
    {
      begin: (assigned, context) => {
        const begun = protocol.begin(assigned, context);
        return { ...begun, start: Math.max(assigned.startOffset, assigned.logStartOffset) };
      },
    },
  ],
];

test.each(mutations)('the model catches it when %s', (_what, mutant) => {
  const result = fc.check(property({ ...protocol, ...mutant }), {
    numRuns: 20_000,
    endOnFailure: true,
  });
  expect(result.failed).toBe(true);
});
