import { createManualClock } from '@millrace/testkit';
import { describe, expect, test, vi } from 'vitest';
import { type BatcherOptions, createBatcher } from './batcher.ts';

const record = (bytes = 1) => ({ key: null, value: Buffer.alloc(bytes) });

/** A batcher whose writes end when the test says so. */
const setUp = (options: Partial<BatcherOptions<number>> = {}) => {
  const writes: { readonly records: number; readonly mark: number; readonly end: () => void }[] =
    [];
  const written: (readonly [number, boolean])[] = [];
  const pressure: boolean[] = [];
  const failed = vi.fn<(error: unknown) => void>();
  let mark = 0;
  const batcher = createBatcher<number>({
    recordsMax: 10,
    bytesMax: 1000,
    intervalMs: 0,
    clock: createManualClock(),
    waitingBytesMax: 1000,
    write: (batch, at) =>
      new Promise((resolve) => {
        writes.push({ records: batch.recordCount, mark: at, end: resolve });
      }),
    written: (at, idle) => written.push([at, idle]),
    pressure: (high) => pressure.push(high),
    failed,
    ...options,
  });
  const add = (bytes?: number): void => {
    batcher.open.add('t', 0, record(bytes));
    mark++;
    batcher.added(() => mark);
  };
  const commit = (): void => batcher.committed(() => mark);
  return { add, batcher, commit, failed, pressure, writes, written };
};

describe('batcher', () => {
  test('a quiet commit is written at once', async () => {
    const { add, commit, writes, written } = setUp();
    add();
    expect(writes).toHaveLength(0);
    commit();
    expect(writes).toMatchObject([{ records: 1, mark: 1 }]);
    writes[0]?.end();
    await expect.poll(() => written).toEqual([[1, true]]);
  });

  test('commits that come while one is in flight make one more transaction', async () => {
    const { add, commit, writes } = setUp();
    for (let i = 0; i < 4; i++) {
      add();
      commit();
    }
    writes[0]?.end();
    await expect.poll(() => writes).toMatchObject([{ records: 1 }, { records: 3, mark: 4 }]);
  });

  test('under an interval commits gather until it has passed since the last start, full batches do not wait', async () => {
    const clock = createManualClock(1000);
    const { add, commit, writes } = setUp({ clock, intervalMs: 10, recordsMax: 5 });
    const addAndCommit = (): void => {
      add();
      commit();
    };
    addAndCommit();
    expect(writes).toHaveLength(1);
    addAndCommit();
    writes[0]?.end();
    await clock.advance(9);
    addAndCommit();
    expect(writes).toHaveLength(1);
    await clock.advance(1);
    expect(writes).toMatchObject([{ records: 1 }, { records: 2 }]);
    writes[1]?.end();
    await clock.advance(1);
    for (let i = 0; i < 5; i++) addAndCommit();
    await expect.poll(() => writes[2]).toMatchObject({ records: 5 });
    expect(clock.sleeping()).toBe(0);
  });

  test('a drain does not wait for the interval', async () => {
    const clock = createManualClock(1000);
    const { add, batcher, commit, writes } = setUp({ clock, intervalMs: 10 });
    add();
    commit();
    writes[0]?.end();
    add();
    commit();
    await expect.poll(() => clock.sleeping()).toBe(1);
    const drained = batcher.drain(() => 9);
    await expect.poll(() => writes).toHaveLength(2);
    writes[1]?.end();
    await drained;
  });

  test('a transaction larger than the bound is cut inside, with the mark of the cut', () => {
    const { add, writes } = setUp({ recordsMax: 3 });
    for (let i = 0; i < 4; i++) add();
    expect(writes).toMatchObject([{ records: 3, mark: 3 }]);
  });

  test('an unfinished transaction is not cut while it is small', async () => {
    const { add, commit, writes, written } = setUp();
    add();
    commit();
    add();
    writes[0]?.end();
    await expect.poll(() => written).toEqual([[1, false]]);
    expect(writes).toHaveLength(1);
  });

  test('too many waiting bytes press, and half of them relieve', async () => {
    const { add, pressure, writes } = setUp({ bytesMax: 400 });
    for (let i = 0; i < 3; i++) add(400);
    expect(pressure).toEqual([true]);
    for (let i = 0; i < 2; i++) {
      await expect.poll(() => writes.length).toBe(i + 1);
      writes[i]?.end();
    }
    await expect.poll(() => pressure).toEqual([true, false]);
  });

  test.for([0, 1, 2, 3, 4, 5])(
    'a commit that comes %i turns after a write has ended is not left lying',
    async (turns) => {
      // who waited for the write, or for room, goes on in the turns of its end
      const { add, commit, writes, written } = setUp();
      const addLater = async (): Promise<void> => {
        await writing.promise;
        for (let turn = 0; turn < turns; turn++) await undefined;
        add();
        commit();
      };
      const writing = Promise.withResolvers<void>();
      const added = addLater();
      add();
      commit();
      writes[0]?.end();
      writing.resolve();
      await added;
      await expect.poll(() => writes).toHaveLength(2);
      writes[1]?.end();
      await expect.poll(() => written).toHaveLength(2);
    },
  );

  test('a batcher that was drained keeps its interval again', async () => {
    const clock = createManualClock(1000);
    const { add, batcher, commit, writes } = setUp({ clock, intervalMs: 10 });
    add();
    const drained = batcher.drain(() => 1);
    writes[0]?.end();
    await drained;
    add();
    commit();
    await clock.advance(5);
    expect(writes).toHaveLength(1);
    await clock.advance(5);
    await expect.poll(() => writes).toHaveLength(2);
  });

  test('drain writes what is open, unfinished transactions included', async () => {
    const { add, batcher, writes } = setUp();
    add();
    const drained = batcher.drain(() => 99);
    expect(writes).toMatchObject([{ records: 1, mark: 99 }]);
    writes[0]?.end();
    await drained;
    expect(batcher.idle).toBe(true);
  });

  test('after a failed write nothing more is written', async () => {
    const { add, commit, failed } = setUp({ write: () => Promise.reject(new Error('broken')) });
    add();
    commit();
    await expect.poll(() => failed.mock.calls).toHaveLength(1);
    add();
    commit();
    expect(failed).toHaveBeenCalledTimes(1);
  });
});
