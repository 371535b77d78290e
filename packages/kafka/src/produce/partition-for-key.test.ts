import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { partitionForKey, stickyPartitioner } from './partition-for-key.ts';

const murmur2 = createRequire(import.meta.url)(
  'kafkajs/src/producer/partitioners/default/murmur2.js',
);

describe('partitionForKey', () => {
  // Hashes of org.apache.kafka.common.utils.UtilsTest.testMurmur2.
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('places %s where the Java client does', (key, hash) => {
    expect(partitionForKey(Buffer.from(key), 1_000_003)).toBe((hash & 0x7fffffff) % 1_000_003);
  });

  it('places any key where kafkajs’s port of the Java hash does', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 64 }),
        fc.integer({ min: 1, max: 99 }),
        (key, count) => {
          const bytes = Buffer.from(key);
          expect(partitionForKey(bytes, count)).toBe((murmur2(bytes) & 0x7fffffff) % count);
        },
      ),
    );
  });
});

describe('a sticky partitioner', () => {
  it('stays until it is told to move, then goes round', () => {
    const partitioner = stickyPartitioner(3, 1);
    const seen = [partitioner.current(), partitioner.current()];
    for (let moves = 0; moves < 3; moves += 1) {
      partitioner.advance();
      seen.push(partitioner.current());
    }
    expect(seen).toEqual([1, 1, 2, 0, 1]);
  });
});
