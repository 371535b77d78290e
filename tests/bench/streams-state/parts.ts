import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createStateMemory, openTaskState } from '@millrace/stream-transform';
import type { KeyedStoreSpec, TimedStoreSpec } from '@millrace/streams';
import { costOf, residentMegabytes } from './measure.ts';

type TaskState = Awaited<ReturnType<typeof openTaskState>>;

const counts: KeyedStoreSpec<number> = { kind: 'keyed', name: 'counts', shape: 'count:v1' };
const windows: TimedStoreSpec<number> = { kind: 'timed', name: 'windows', shape: 'count:v1' };
const MEBIBYTE = 1024 * 1024;

/** Keys of 16 bytes, as a hash would spread them. */
const keyOf = (number: number): string =>
  ((number * 2_654_435_761) >>> 0).toString(16).padStart(16, '0');

const keysOf = (count: number): string[] => Array.from({ length: count }, (_, at) => keyOf(at));

const withState = async <T>(
  memoryBytesMax: number,
  work: (state: TaskState, reopen: () => Promise<TaskState>) => Promise<T>,
): Promise<T> => {
  const directory = mkdtempSync(join(tmpdir(), 'streams-state-'));
  const open = () =>
    openTaskState({
      directory,
      specs: [counts, windows],
      changelogIds: { counts: 'a', windows: 'b' },
      memory: createStateMemory(memoryBytesMax),
      // Checkpoints are measured by themselves.
      checkpointIntervalMs: 3_600_000,
    });
  let state = await open();
  const reopen = async () => {
    await state.close();
    state = await open();
    return state;
  };
  try {
    return await work(state, reopen);
  } finally {
    await state.close({ remove: true });
    rmSync(directory, { recursive: true, force: true });
  }
};

let offset = 0;
const commit = (state: TaskState): number => {
  let records = 0;
  for (const change of state.takeChanges()) records += change.records.length;
  offset += records;
  state.committed(new Map([['counts', offset]]));
  return records;
};

/** Read-modify-write over 100,000 hot keys, changes taken every 10,000. */
const inMemory = async () => {
  const keys = keysOf(100_000);
  const rounds = 30;
  const plain = new Map<string, number>();
  const times = (work: (key: string, index: number) => void) => () => {
    for (let round = 0; round < rounds; round += 1) {
      for (let index = 0; index < keys.length; index += 1) work(keys[index]!, index);
    }
  };
  const total = keys.length * rounds;
  return withState(256 * MEBIBYTE, async (state) => {
    const keyed = state.stores.keyed(counts);
    const timed = state.stores.timed(windows);
    const setPlain = times((key) => plain.set(key, (plain.get(key) ?? 0) + 1));
    const setKeyed = times((key) => keyed.set(key, (keyed.get(key) ?? 0) + 1));
    const timeOf = (index: number) => (index % 6) * 10_000;
    const setTimed = times((key, index) =>
      timed.set(timeOf(index), key, (timed.get(timeOf(index), key) ?? 0) + 1),
    );
    const result = {
      'plain Map, first': await costOf(total, setPlain),
      'keyed store, first': await costOf(total, setKeyed),
      'timed store, first': await costOf(total, setTimed),
      'plain Map': await costOf(total, setPlain),
      'keyed store': await costOf(total, setKeyed),
      'timed store': await costOf(total, setTimed),
      'take 200,000 changes, first': await costOf(200_000, () => commit(state)),
    };
    setKeyed();
    const taken = { 'take 100,000 changes': await costOf(100_000, () => commit(state)) };
    setKeyed();
    commit(state);
    const saved = {
      'checkpoint of 200,000 entries': await costOf(200_000, () => state.checkpoint()),
    };
    return { ...result, ...taken, ...saved };
  });
};

/** A million keys with memory for about a tenth of them; uniform, and mostly a tenth of the keys. */
const spilled = async () => {
  const keyCount = 1_000_000;
  return withState(24 * MEBIBYTE, async (state) => {
    const keyed = state.stores.keyed(counts);
    const step = (number: number, index: number) => {
      const key = keyOf(number);
      keyed.set(key, (keyed.get(key) ?? 0) + 1);
      if (index % 10_000 === 9_999 || state.wantsCommit) commit(state);
    };
    const first = await costOf(keyCount, () => {
      for (let number = 0; number < keyCount; number += 1) step(number, number);
    });
    const uniform = await costOf(500_000, () => {
      for (let index = 0; index < 500_000; index += 1) step((index * 7_919) % keyCount, index);
    });
    const skewed = await costOf(500_000, () => {
      for (let index = 0; index < 500_000; index += 1) {
        const range = index % 10 === 0 ? keyCount : keyCount / 20;
        step((index * 7_919) % range, index);
      }
    });
    const { memoryEntries, diskReads, evictions, checkpoints } = state.stats();
    console.error({ memoryEntries, diskReads, evictions, checkpoints });
    return { first, uniform, 'nine in ten on a twentieth': skewed };
  });
};

const changelogOf = (count: number) =>
  Array.from({ length: count }, (_, number) => ({
    key: Buffer.from(keyOf(number)),
    value: Buffer.of(0xcd, number & 0xff, (number >> 8) & 0xff),
  }));

/**
 * Every entry of a million looked at once, as sessions and sliding windows do when a task is opened, to have their timers
 * again: as restored in memory, and with memory for a tenth.
 */
const walk = async () => {
  const count = 1_000_000;
  const records = changelogOf(count);
  const walked = (memoryBytesMax: number) =>
    withState(memoryBytesMax, async (state) => {
      for (const [number, { key, value }] of records.entries()) {
        state.restore('counts', key, value);
        if (number % 10_000 === 0) state.restored(new Map([['counts', number]]));
      }
      state.restored(new Map([['counts', count]]));
      await state.promote();
      const store = state.stores.keyed(counts);
      let seen = 0;
      const cost = await costOf(count, () => {
        for (const [key] of store.entries()) seen += key.length;
      });
      if (seen !== 16 * count) throw new Error('keys are missing');
      return cost;
    });
  return {
    'in memory': await walked(512 * MEBIBYTE),
    'mostly on disk': await walked(24 * MEBIBYTE),
  };
};

/** A million records of a changelog, and their state opened again from its checkpoint. */
const restore = async () => {
  const count = 1_000_000;
  const records = changelogOf(count);
  return withState(512 * MEBIBYTE, async (state, reopen) => {
    const feed = async () => {
      for (const [number, { key, value }] of records.entries()) {
        state.restore('counts', key, value);
        if (number % 10_000 === 0) state.restored(new Map([['counts', number]]));
      }
      state.restored(new Map([['counts', count]]));
      await state.promote();
    };
    const fed = await costOf(count, feed);
    const checkpoint = await costOf(count, () => state.checkpoint());
    let opened = state;
    const again = await costOf(count, async () => {
      opened = await reopen();
      await opened.promote();
    });
    if (opened.stores.keyed(counts).size !== count) throw new Error('keys are missing');
    return { 'from records': fed, checkpoint, 'from the checkpoint, checked and loaded': again };
  });
};

/** Ten million keys of 16 bytes with counts. */
const tenMillion = async () => {
  const keyCount = 10_000_000;
  return withState(48 * MEBIBYTE, async (state) => {
    const keyed = state.stores.keyed(counts);
    const step = (number: number, index: number) => {
      const key = keyOf(number);
      keyed.set(key, (keyed.get(key) ?? 0) + 1);
      if (index % 10_000 === 9_999 || state.wantsCommit) commit(state);
    };
    const filled = await costOf(keyCount, () => {
      for (let number = 0; number < keyCount; number += 1) step(number, number);
    });
    const changed = await costOf(1_000_000, () => {
      for (let index = 0; index < 1_000_000; index += 1) step((index * 7_919) % keyCount, index);
    });
    const { entries, memoryEntries, diskBytes } = state.stats();
    const sizes = { entries, memoryEntries, diskMegabytes: Math.round(diskBytes / MEBIBYTE) };
    return { filled, changed, ...{ sizes, 'resident, MB': residentMegabytes() } };
  });
};

export const parts: Readonly<Record<string, () => Promise<object>>> = {
  'in-memory': inMemory,
  spilled,
  restore,
  walk,
  'ten-million': tenMillion,
};
