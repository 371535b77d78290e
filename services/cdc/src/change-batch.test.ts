import { expect, test } from 'vitest';
import { createChangeBatch, createSlabPool } from './change-batch.ts';

const MIB = 1024 * 1024;

test('memory for a long row is used again once its batch is released, and not before', () => {
  const pool = createSlabPool();
  const fill = (bytes: number) => {
    const batch = createChangeBatch(pool);
    batch.makeRoom(bytes);
    batch.out.position += bytes;
    return { batch, slab: batch.out.bytes };
  };
  const first = fill(12 * MIB);
  const second = fill(13 * MIB);
  expect(second.slab === first.slab).toBe(false);
  first.batch.release();
  const third = fill(11 * MIB);
  expect(third.slab === first.slab).toBe(true);
  second.batch.release();
  const wider = fill(17 * MIB);
  expect(wider.slab.length).toBeGreaterThanOrEqual(17 * MIB);
  expect(fill(16 * MIB).slab === second.slab).toBe(true);
});
