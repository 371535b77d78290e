import {
  closeSync,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '@millrace/pipeline';
import { silentLogger } from '@millrace/pipeline';
import { beforeEach, expect, test } from 'vitest';
import { openTaskState } from './open-task-state.ts';
import { createStateMemory } from './state-memory.ts';
import { createTestChangelog, type TestChangelog } from './testing/changelog.ts';
import { counterSpecs, showCounters, storesOf } from './testing/counters.ts';
import { temporaryDirectory } from './testing/temporary-directory.ts';

let directory: string;
let changelog: TestChangelog;
let warnings: string[];
const logger: Logger = {
  ...silentLogger,
  warn: ({ reason }, message) => warnings.push(`${message}: ${reason}`),
};

const open = (options: Partial<Parameters<typeof openTaskState>[0]> = {}) =>
  openTaskState({ directory, ...counterSpecs, logger, ...options });

/** A closed state of some thousand entries, of which the changelog has more than the checkpoint. */
const writeState = async (): Promise<readonly string[]> => {
  const state = await open();
  await state.promote();
  const { counts, windows } = storesOf(state);
  const commit = () => state.committed(changelog.append(state.takeChanges()));
  for (let number = 0; number < 2_000; number += 1) {
    counts.set(`key-${number}`, number);
    windows.set(number, `key-${number % 7}`, number);
  }
  commit();
  state.checkpoint();
  for (let number = 0; number < 2_000; number += 3) counts.set(`key-${number}`, -number);
  windows.dropBefore(500);
  commit();
  state.checkpoint();
  counts.set('late', 1);
  commit();
  const shown = showCounters(state);
  await state.close();
  return shown;
};

const restored = async (options?: Partial<Parameters<typeof openTaskState>[0]>) => {
  const state = await open(options);
  changelog.replay(state);
  await state.promote();
  const found = { origin: state.origin, shown: showCounters(state) };
  await state.close();
  return found;
};

const dataFile = () => join(directory, 'data.mdb');

const overwrite = (at: number, bytes: Buffer): void => {
  const file = openSync(dataFile(), 'r+');
  writeSync(file, bytes, 0, bytes.length, at);
  closeSync(file);
};

/** Wherever the text stands: pages that were replaced still have it, too. */
const changeBitBehind = (text: string): void => {
  const bytes = readFileSync(dataFile());
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) {
    const behind = at + text.length;
    overwrite(behind, Buffer.of(bytes[behind]! ^ 1));
  }
};

beforeEach(() => {
  directory = join(temporaryDirectory(), 'state');
  changelog = createTestChangelog();
  warnings = [];
});

test('a closed state is opened from its checkpoint', async () => {
  const shown = await writeState();
  expect(await restored()).toEqual({
    origin: { kind: 'checkpoint', takenAtMs: expect.any(Number) },
    shown,
  });
  expect(warnings).toEqual([]);
});

test('garbage on any page is found before it is read, and the state rebuilt', async () => {
  const shown = await writeState();
  const pages = statSync(dataFile()).size / 4096;
  expect(pages).toBeGreaterThan(20);
  for (let page = 0; page < pages; page += Math.ceil(pages / 12)) {
    overwrite(page * 4096 + 40, Buffer.alloc(3_000, 0xa5));
    const found = await restored();
    // A page that nothing uses may hold anything.
    expect(found.shown).toEqual(shown);
    if (found.origin.kind === 'rebuilt') expect(warnings.at(-1)).toContain('is rebuilt');
  }
  expect(warnings.length).toBeGreaterThan(0);
}, 120_000);

test('one changed bit of a value is found', async () => {
  const shown = await writeState();
  changeBitBehind('key-1999');
  expect(await restored()).toEqual({
    origin: { kind: 'rebuilt', reason: 'a checksum does not hold' },
    shown,
  });
});

test('a file that was cut off, or is no state at all, is rebuilt', async () => {
  const shown = await writeState();
  truncateSync(dataFile(), Math.floor(statSync(dataFile()).size / 3));
  expect((await restored()).shown).toEqual(shown);
  truncateSync(dataFile(), 100);
  expect((await restored()).shown).toEqual(shown);
  writeFileSync(dataFile(), '');
  expect((await restored()).shown).toEqual(shown);
  writeFileSync(dataFile(), 'no state at all'.repeat(1_000));
  expect((await restored()).shown).toEqual(shown);
  expect(warnings).toHaveLength(4);
}, 120_000);

test('state of another changelog topic or of another shape is rebuilt, not read', async () => {
  await writeState();
  changelog = createTestChangelog();
  const made = await restored({ changelogIds: { counts: 'made again', windows: 'topic-2' } });
  expect(made).toMatchObject({ origin: { kind: 'rebuilt' }, shown: ['0 0'] });

  await writeState();
  changelog = createTestChangelog();
  const [counts, windows] = counterSpecs.specs;
  const reshaped = await restored({ specs: [{ ...counts!, shape: 'count:v2' }, windows!] });
  expect(reshaped).toMatchObject({ origin: { kind: 'rebuilt' }, shown: ['0 0'] });
});

test('a checkpoint older than the changelog keeps tombstones is rebuilt', async () => {
  const shown = await writeState();
  const nowMs = () => Date.now() + 13 * 3_600_000;
  expect(await restored({ nowMs })).toEqual({
    origin: {
      kind: 'rebuilt',
      reason: 'its checkpoint is older than the changelog keeps tombstones',
    },
    shown,
  });
});

test('what was written and not flushed before the machine stopped is rebuilt', async () => {
  const shown = await writeState();
  writeFileSync(join(directory, 'trust.json'), '{"state":"open","bootId":"another start"}');
  expect(await restored()).toEqual({
    origin: { kind: 'rebuilt', reason: 'the machine stopped while it was written' },
    shown,
  });
});

test('where no directory can be made, state lives in memory alone', async () => {
  writeFileSync(directory, 'a file stands in the way');
  const state = await open();
  const { counts } = storesOf(state);
  counts.set('a', 1);
  state.committed(changelog.append(state.takeChanges()));
  expect(state.checkpoint()).toBe(false);
  counts.set('b', 2);
  state.committed(changelog.append(state.takeChanges()));
  expect([...counts.entries()]).toEqual([
    ['a', 1],
    ['b', 2],
  ]);
  expect(state.stats()).toMatchObject({ checkpoints: 0, checkpointFailures: 1 });
  expect(warnings).toHaveLength(2);
  await state.close();
});

test('a damaged value that is met while reading is an error, and the next opening rebuilds', async () => {
  const shown = await writeState();
  const state = await open({ memory: createStateMemory(1) });
  changeBitBehind('key-1234');
  const { counts } = storesOf(state);
  expect(counts.get('key-1235')).toBe(1_235);
  expect(() => counts.get('key-1234')).toThrow(
    expect.objectContaining({ code: 'transform.state-corrupt' }),
  );
  await state.close();
  expect(await restored()).toEqual({
    origin: { kind: 'rebuilt', reason: 'damage was found while it was read' },
    shown,
  });
});

test('an earlier owner of the directory cannot write over its successor', async () => {
  await writeState();
  const earlier = await open();
  const later = await open();
  storesOf(earlier).counts.set('zombie', 1);
  earlier.committed(new Map([['counts', 1]]));
  earlier.takeChanges();
  earlier.committed(new Map([['counts', 2]]));
  expect(earlier.checkpoint()).toBe(false);
  storesOf(later).counts.set('owner', 1);
  later.committed(changelog.append(later.takeChanges()));
  expect(later.checkpoint()).toBe(true);
  expect(storesOf(later).counts.get('zombie')).toBeUndefined();
  await earlier.close();
  await later.close();
});
