import { expect, test } from 'vitest';
import { commitLsnOf } from './commit-lsn.ts';
import { beginOf, commitOf } from './streamed.ts';

const commit = {
  kind: 'commit',
  ...{ transactionId: 7, commitLsn: 0x1_0000_0002n, endLsn: 9n, committedAtUs: 0n },
} as const;

test('where a transaction commits is known from its BEGIN, and from the commit of a streamed one', () => {
  expect(commitLsnOf(beginOf(commit))).toBe(commit.commitLsn);
  const streamed = Buffer.alloc(30);
  streamed[0] = 0x63;
  streamed.writeBigUInt64BE(commit.commitLsn, 6);
  expect(commitLsnOf(streamed)).toBe(commit.commitLsn);
});

test('other messages, and one that is cut off, tell none', () => {
  expect(commitLsnOf(commitOf(commit))).toBeUndefined();
  expect(commitLsnOf(beginOf(commit).subarray(0, 8))).toBeUndefined();
  expect(commitLsnOf(Buffer.alloc(0))).toBeUndefined();
});
