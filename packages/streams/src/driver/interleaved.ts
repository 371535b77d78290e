import type { PipedRecord } from './piped-records.ts';

/**
 * The records in another order that Kafka could hand them out in: those of one partition of a contract in their
 * order, partitions in any. Seed 0: one partition after the other; the same order for the same seed.
 */
export const interleaved = (
  records: readonly PipedRecord[],
  seed: number,
): readonly PipedRecord[] => {
  const queues = [
    ...Map.groupBy(records, ({ contract, partition }) => `${contract} ${partition}`).values(),
  ];
  if (seed === 0) return queues.flat();
  const random = seeded(seed);
  const order: PipedRecord[] = [];
  while (queues.length > 0) {
    const at = Math.floor(random() * queues.length);
    order.push(queues[at]!.shift()!);
    if (queues[at]!.length === 0) queues.splice(at, 1);
  }
  return order;
};

/** Mulberry32: numbers from 0 to before 1. */
const seeded = (seed: number) => {
  let state = seed;
  return (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};
