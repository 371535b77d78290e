import { expect, test } from 'vitest';
import {
  blockRecord,
  doorRecord,
  noticeRecord,
  readIdRecord,
  seedRecord,
  splitPrints,
} from './id-blocks.ts';

const prints = (count: number, byte: number) => Buffer.alloc(count * 16, byte);

test('each kind of record is read as it was written', () => {
  const block = {
    seed: -7,
    atMs: 1_000,
    prints: new Map([
      ['a', prints(2, 1)],
      ['b', prints(1, 2)],
    ]),
  };
  const written = [
    seedRecord(-7),
    blockRecord('door-1', 4, block),
    doorRecord('door-1', { ends: { a: [3, 5] }, isClosed: false }),
    doorRecord('door-2', { ends: { a: [3, 5] }, whole: { a: [2, 5] }, isClosed: false }),
    noticeRecord('drop/flights', 'door-1', 3),
  ];
  expect(written.map(({ key, value }) => readIdRecord(key, value))).toEqual([
    { kind: 'seed', seed: -7 },
    { kind: 'ids', door: 'door-1', block },
    { kind: 'door', door: 'door-1', ends: { a: [3, 5] }, isClosed: false },
    { kind: 'door', door: 'door-2', ends: { a: [3, 5] }, whole: { a: [2, 5] }, isClosed: false },
    { kind: 'notice', source: 'drop/flights', door: 'door-1' },
  ]);
});

test('what is cut off, foreign or deleted is passed over', () => {
  const { key, value } = blockRecord('d', 0, {
    seed: 1,
    atMs: 1,
    prints: new Map([['a', prints(2, 1)]]),
  });
  expect(readIdRecord(key, value.subarray(0, -1))).toBeUndefined();
  expect(readIdRecord(key, Buffer.from('{'))).toBeUndefined();
  expect(readIdRecord(key, null)).toBeUndefined();
  expect(readIdRecord(Buffer.from('later/1'), Buffer.from('{}'))).toBeUndefined();
});

test('fingerprints are split between ids, none lost and none cut', () => {
  const blocks = splitPrints(
    new Map([
      ['a', prints(3, 1)],
      ['b', prints(2, 2)],
    ]),
    40,
  );
  expect(blocks.map((block) => [...block].map(([topic, { length }]) => [topic, length]))).toEqual([
    [['a', 32]],
    [
      ['a', 16],
      ['b', 16],
    ],
    [['b', 16]],
  ]);
});
