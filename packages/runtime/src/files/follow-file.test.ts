import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MillraceError } from '@millrace/contracts';
import { silentLogger } from '@millrace/pipeline';
import { expect, onTestFinished, test } from 'vitest';
import { followFile } from './follow-file.ts';

const begin = async (text: string) => {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-follow-'));
  const path = join(directory, 'settings');
  await writeFile(path, text);
  const stopping = new AbortController();
  onTestFinished(async () => {
    stopping.abort();
    wake();
    await rm(directory, { recursive: true });
  });
  let wake = () => {};
  let looks = 0;
  const clock = {
    nowMs: () => 0,
    sleep: () =>
      new Promise<void>((resolve) => {
        looks += 1;
        wake = resolve;
      }),
  };
  const taken: string[] = [];
  const errors: object[] = [];
  const logger = { ...silentLogger, error: (fields: object) => void errors.push(fields) };
  await followFile(path, {
    what: 'settings',
    read: async (file) => {
      const content = await readFile(file, 'utf8');
      if (content.startsWith('bad')) throw new MillraceError('config.access-invalid', 'bad');
      return content;
    },
    take: (settings) => void taken.push(settings),
    ...{ clock, logger, signal: stopping.signal },
  });
  return {
    ...{ taken, errors },
    /** Writes it, where a text is given, and resolves when it has been looked at. */
    look: async (content?: string) => {
      await expect.poll(() => looks).toBeGreaterThan(0);
      if (content !== undefined) await writeFile(path, content);
      const before = looks;
      wake();
      await expect.poll(() => looks).toBe(before + 1);
    },
  };
};

test('a file that changes is taken anew, and one that did not is not', async () => {
  const world = await begin('one');
  await world.look();
  await world.look('two, longer');
  await world.look();
  expect(world.taken).toEqual(['one', 'two, longer']);
  expect(world.errors).toEqual([]);
});

test('a bad file is told once for what is in it, with its code, and what was before holds on', async () => {
  const world = await begin('one');
  await world.look('bad once');
  await world.look();
  await world.look();
  expect(world.errors).toEqual([
    expect.objectContaining({ code: 'config.access-invalid', reason: 'bad' }),
  ]);
  await world.look('bad in another way');
  await world.look();
  expect(world.errors).toHaveLength(2);
  await world.look('good');
  expect(world.taken).toEqual(['one', 'good']);
});

test('a file that is bad at the start is its reader’s to refuse', async () => {
  await expect(begin('bad')).rejects.toMatchObject({ code: 'config.access-invalid' });
});
