import { cp, mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@millrace/pipeline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { PartState } from '../pull-source.ts';
import { createFolder } from './folder.ts';
import type { PlacedObject } from './place.ts';

const { signal } = new AbortController();
const untouched = { rows: 0, accepted: 0, rejected: 0, skipped: 0, done: true };
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-folder-'));
});
afterEach(() => rm(directory, { recursive: true }));

const folder = (pattern: string, settleMs = 0) =>
  createFolder({ pattern, directory, settleMs, clock: systemClock });

const listed = async (
  pattern: string,
  states: ReadonlyMap<string, PartState> = new Map(),
  settleMs = 0,
): Promise<readonly PlacedObject[]> => {
  const objects: PlacedObject[] = [];
  for await (const object of folder(pattern, settleMs).list(states, signal)) objects.push(object);
  return objects;
};

test('a folder has all files below it, a glob those that fit, in order; unfinished and hidden ones are passed over', async () => {
  await mkdir(join(directory, 'data', 'deep'), { recursive: true });
  for (const name of [
    'b.csv',
    'a.csv',
    'deep/c.csv',
    'd.json',
    'e.csv.tmp',
    '.f.csv',
    'g.csv.part',
  ])
    await writeFile(join(directory, 'data', name), name);
  await symlink(join(directory, 'data', 'nowhere'), join(directory, 'data', 'z.csv'));
  const names = async (pattern: string) => (await listed(pattern)).map(({ name }) => name);
  expect(await names('data')).toEqual([
    'data/a.csv',
    'data/b.csv',
    'data/d.json',
    'data/deep/c.csv',
  ]);
  expect(await names('data/*.csv')).toEqual(['data/a.csv', 'data/b.csv']);
  expect(await names('data/**/*.csv')).toEqual(['data/a.csv', 'data/b.csv', 'data/deep/c.csv']);
  expect(await names(join(directory, 'data', 'b.csv'))).toEqual(['data/b.csv']);
  await expect(names('nothing')).rejects.toMatchObject({ code: 'ingest.place-refused' });
});

test('a version is the content: a touch or a copy is none, a change of one byte is', async () => {
  const file = join(directory, 'a.csv');
  await writeFile(file, 'one');
  const [first] = await listed('a.csv');
  await utimes(file, 1, 1);
  const [touched] = await listed('a.csv');
  expect(touched!.memo).not.toBe(first!.memo);
  expect(touched!.version).toBe(first!.version);
  await cp(file, join(directory, 'b.csv'));
  await rename(join(directory, 'b.csv'), file);
  expect((await listed('a.csv'))[0]!.version).toBe(first!.version);
  await writeFile(file, 'two');
  expect((await listed('a.csv'))[0]!.version).not.toBe(first!.version);
});

test('a file whose size and time are known is not read again to know its version', async () => {
  await writeFile(join(directory, 'a.csv'), 'one');
  const [{ memo } = { memo: undefined }] = await listed('a.csv');
  const states = new Map([['a.csv', { ...untouched, version: 'known', memo: memo! }]]);
  expect((await listed('a.csv', states))[0]!.version).toBe('known');
});

test('a file that was just written to is left for later', async () => {
  await writeFile(join(directory, 'a.csv'), 'one');
  expect(await listed('a.csv', new Map(), 60_000)).toEqual([]);
  await utimes(join(directory, 'a.csv'), 1, 1);
  expect(await listed('a.csv', new Map(), 60_000)).toHaveLength(1);
});

test('reading a file that changed since it was listed is an error and not a mixture', async () => {
  const file = join(directory, 'a.csv');
  await writeFile(file, 'one');
  const [object] = await listed('a.csv');
  await writeFile(file, 'another');
  const read = async () => {
    for await (const _chunk of object!.read({ from: 0 }, signal));
  };
  await expect(read()).rejects.toMatchObject({ code: 'ingest.part-changed', retryable: true });
  await rm(file);
  await expect(read()).rejects.toMatchObject({ code: 'ingest.part-changed' });
});

test('a new file in a watched folder is told at once', async () => {
  const changed = folder(directory).changed(signal);
  await writeFile(join(directory, 'new.csv'), 'x');
  await changed;
});
