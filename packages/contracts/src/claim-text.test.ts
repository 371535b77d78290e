import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  CLAIM_TEXT_BYTES_MAX,
  type Claim,
  claimText,
  claimToken,
  parsePosition,
} from './claim-text.ts';
import { restingText } from './log-position.ts';

const log = { cluster: 'cluster', topicId: 'SwXfZYYUTnCXXpLrkGsAKA', epoch: '0' };
const plain: Claim = {
  log,
  from: 10,
  to: 19,
  atMs: 1_700_000_000_000,
  table: 'flights_departed_raw',
  deadSchemas: [],
  deadOffsets: [],
  transactional: false,
};

test('a claim comes back from its text as it was', () => {
  const claims = fc
    .record({
      from: fc.nat(1_000_000),
      length: fc.integer({ min: 1, max: 400 }),
      atMs: fc.nat(2_000_000_000),
      schemas: fc.uniqueArray(fc.nat(100_000), { maxLength: 10 }),
      dead: fc.uniqueArray(fc.nat(399), { maxLength: 60 }),
      transactional: fc.boolean(),
      named: fc.boolean(),
      memory: fc.record(
        {
          compareBelow: fc.nat(2_000_000),
          unnamedRows: fc.constant(true),
          countsFrom: fc.nat(2_000_000),
        },
        { requiredKeys: [] },
      ),
    })
    .map(
      ({ from, length, atMs, schemas, dead, transactional, named, memory }): Claim => ({
        ...(named && { log }),
        ...memory,
        from,
        to: from + length - 1,
        atMs,
        table: 't_raw',
        deadSchemas: schemas,
        deadOffsets: dead
          .filter((distance) => distance < length)
          .sort((a, b) => a - b)
          .map((distance) => from + distance),
        transactional,
      }),
    );
  fc.assert(
    fc.property(claims, (claim) => {
      const { log: named, compareBelow, unnamedRows, countsFrom } = claim;
      const position = { log: named, compareBelow, unnamedRows, countsFrom, claim };
      expect(parsePosition(claimText(claim))).toEqual(position);
    }),
  );
});

test('fifty thousand dead records in a row cost no more than one', () => {
  const dead = Array.from({ length: 50_000 }, (_, index) => 10 + index);
  const text = claimText({ ...plain, to: 50_009, deadOffsets: dead });
  expect(text.length).toBeLessThan(150);
  expect(parsePosition(text)).toMatchObject({ claim: { deadOffsets: dead } });
});

test('a claim that the broker would refuse for its size is not a text', () => {
  const everySecond = Array.from({ length: 4_000 }, (_, index) => 10 + 2 * index);
  expect(() => claimText({ ...plain, to: 9_000, deadOffsets: everySecond })).toThrow(
    '4000 records between 10 and 9000 were refused',
  );
  const fits = claimText({ ...plain, to: 9_000, deadOffsets: everySecond.slice(0, 900) });
  expect(Buffer.byteLength(fits)).toBeLessThanOrEqual(CLAIM_TEXT_BYTES_MAX);
});

test('metadata of every form is read, and what another program wrote is foreign', () => {
  expect(parsePosition('')).toEqual({});
  expect(parsePosition(restingText(log))).toEqual({ log });
  const memory = { compareBelow: 9, unnamedRows: true, countsFrom: 4 };
  expect(parsePosition(restingText(log, memory))).toEqual({ log, ...memory });
  expect(parsePosition('{"v":1,"c":[1,2],"at":1,"t":"x"}')).toMatchObject({ claim: { from: 1 } });
  const foreign = [
    'connect-worker',
    '{"v":1,"c":[1,"2"],"at":1,"t":"x"}',
    '{"v":1}',
    '{"v":2,"c":[1,2],"at":1,"t":"x"}',
    '{"v":2,"k":"k","i":"i","e":"0","c":[1,"2"],"at":1,"t":"x"}',
    '{"v":3,"k":"k","i":"i","e":"0"}',
  ];
  for (const text of foreign) expect(parsePosition(text)).toBe('foreign');
});

test('the token names log, epoch and range, and not which of its records are dead', () => {
  const token = claimToken('cluster', 'events.a.b', 3, plain, 7);
  expect(token).toBe('cluster:SwXfZYYUTnCXXpLrkGsAKA:0:flights_departed_raw:3:10-19:s7');
  expect(claimToken('cluster', 'events.a.b', 3, { ...plain, deadOffsets: [11] }, 7)).toBe(token);
});

test('a claim of the first form keeps the token under which it may have landed', () => {
  const { log: _unnamed, ...first } = plain;
  const token = claimToken('cluster', 'events.a.b', 3, first, 7);
  expect(token).toBe('cluster:events.a.b:3:10-19:flights_departed_raw:s7');
});
