import type { Claim } from '@millrace/contracts';
import { expect, test } from 'vitest';
import { type LaneEvent, type LaneRules, type LaneState, laneStart, laneStep } from './protocol.ts';

const claim: Claim = {
  from: 5,
  to: 9,
  atMs: 1_000,
  table: 't_raw',
  deadSchemas: [],
  deadOffsets: [],
  transactional: false,
};
const nextClaim: Claim = { ...claim, from: 10, to: 14 };
const rules: LaneRules = { tokenTrustMs: 60_000, readsBack: true };

function run(state: LaneState, events: readonly LaneEvent[], by: LaneRules = rules) {
  const effects: unknown[] = [];
  let current = state;
  for (const event of events) {
    const step = laneStep(current, event, by);
    current = step.state;
    effects.push(step.effect ?? 'nothing');
  }
  return { state: current, effects };
}

test('a range is claimed, inserted and left behind, in that order', () => {
  const { state, effects } = run(laneStart(5, undefined), [
    { kind: 'ranged', claim },
    { kind: 'committed', nowMs: 1_001 },
    { kind: 'landed' },
    { kind: 'committed', nowMs: 1_001 },
  ]);
  expect(effects).toEqual([
    { kind: 'claim', claim },
    { kind: 'insert', claim },
    { kind: 'advance', claim },
    'nothing',
  ]);
  expect(state).toEqual({ phase: 'reading', committed: 10 });
});

test('under load the next claim rides on the commit that ends the one before', () => {
  const { effects } = run({ phase: 'inserting', claim }, [
    { kind: 'landed', next: nextClaim },
    { kind: 'committed', nowMs: 1_001 },
  ]);
  expect(effects).toEqual([
    { kind: 'advance', claim, next: nextClaim },
    { kind: 'insert', claim: nextClaim },
  ]);
});

test('a young claim found at assignment is repeated with its token', () => {
  const { effects } = run(laneStart(5, claim), [{ kind: 'covered', nowMs: 30_000 }]);
  expect(effects).toEqual([{ kind: 'insert', claim }]);
});

test('an old claim is compared with the table, and only what is missing is inserted', () => {
  const { effects } = run(laneStart(5, claim), [
    { kind: 'covered', nowMs: 100_000 },
    { kind: 'compared', missing: [7, 8] },
    { kind: 'uncertain', nowMs: 100_001 },
    { kind: 'compared', missing: [] },
  ]);
  expect(effects).toEqual([
    { kind: 'read-back', claim },
    { kind: 'insert', claim, only: [7, 8] },
    { kind: 'read-back', claim },
    { kind: 'advance', claim },
  ]);
});

test('a claim that grew old while its poison was looked for is compared before the rest is inserted', () => {
  const { effects } = run({ phase: 'isolating', claim }, [
    { kind: 'isolated', claim: { ...claim, deadOffsets: [6], transactional: true } },
    { kind: 'committed', nowMs: 100_000 },
  ]);
  expect(effects[1]).toMatchObject({ kind: 'read-back' });
});

test('a claim among records that may have landed under others is compared before every attempt', () => {
  const among = { ...claim, compareBelow: 8 };
  const { effects } = run(laneStart(5, undefined), [
    { kind: 'ranged', claim: among },
    { kind: 'committed', nowMs: 1_001 },
    { kind: 'compared', missing: [7] },
    { kind: 'uncertain', nowMs: 1_002 },
    { kind: 'compared', missing: [] },
  ]);
  expect(effects).toEqual([
    { kind: 'claim', claim: among },
    { kind: 'read-back', claim: among },
    { kind: 'insert', claim: among, only: [7] },
    { kind: 'read-back', claim: among },
    { kind: 'advance', claim: among },
  ]);
  const beyond = { ...claim, compareBelow: 5 };
  expect(
    run({ phase: 'claiming', claim: beyond }, [{ kind: 'committed', nowMs: 1_001 }]).effects,
  ).toEqual([{ kind: 'insert', claim: beyond }]);
});

test('an old claim of a versioned dimension is repeated without a comparison', () => {
  const versioned = { ...rules, readsBack: false };
  const { effects } = run(laneStart(5, claim), [{ kind: 'covered', nowMs: 100_000 }], versioned);
  expect(effects).toEqual([{ kind: 'insert', claim }]);
});

test('refused records are written into the claim before the rest is inserted', () => {
  const withDead = { ...claim, deadOffsets: [6], transactional: true };
  const { effects } = run({ phase: 'inserting', claim }, [
    { kind: 'rejected' },
    { kind: 'isolated', claim: withDead },
    { kind: 'committed', nowMs: 1_001 },
  ]);
  expect(effects).toEqual([
    { kind: 'isolate', claim },
    { kind: 'claim', claim: withDead },
    { kind: 'insert', claim: withDead },
  ]);
});

test('once fenced, nothing more is done, whatever comes', () => {
  const { state, effects } = run({ phase: 'inserting', claim }, [
    { kind: 'fenced' },
    { kind: 'landed' },
    { kind: 'committed', nowMs: 1_001 },
  ]);
  expect(effects).toEqual(['nothing', 'nothing', 'nothing']);
  expect(state).toEqual({ phase: 'dropped' });
});

test('an event that a phase cannot meet is a bug and says so', () => {
  expect(() => laneStep(laneStart(5, undefined), { kind: 'landed' }, rules)).toThrow(
    'no landed while reading',
  );
});
