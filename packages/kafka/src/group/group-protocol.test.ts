import { expect, it } from 'vitest';
import { createByteReader } from '../wire/byte-reader.ts';
import { createByteWriter } from '../wire/byte-writer.ts';
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from './group-protocol.ts';

const partitions = [
  { topic: 'a', partition: 0 },
  { topic: 'a', partition: 2 },
  { topic: 'b', partition: 1 },
];

it('a subscription and an assignment come back as they were', () => {
  const subscription = {
    ...{ topics: ['a', 'b'], owned: partitions, generation: 7, userData: Buffer.from('self') },
  };
  expect(decodeSubscription(encodeSubscription(subscription))).toEqual(subscription);
  const assignment = { partitions, userData: Buffer.from('leader') };
  expect(decodeAssignment(encodeAssignment(assignment))).toEqual(assignment);
  expect(decodeAssignment(Buffer.alloc(0))).toEqual({ partitions: [], userData: Buffer.alloc(0) });
});

it('members from before ownership was told are read, and read what is said now', () => {
  const old = createByteWriter();
  old.int16(0).array(['a'], (topic) => old.string(topic));
  const read = decodeSubscription(old.bytes(null).finish());
  expect(read).toEqual({ topics: ['a'], userData: Buffer.alloc(0), owned: [], generation: -1 });
  const young = createByteReader(encodeSubscription({ ...read, owned: partitions, generation: 3 }));
  young.int16();
  expect(young.array(() => young.string())).toEqual(['a']);
});
