import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readState, writeState } from '../stack-state.ts';
import { takeDataDirectory } from './data-directory.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'data-directory-test-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const dead = { pid: 999_999_999, born: '1' };
const endpoints = { kafkaBrokers: '', registryUrl: '', postgresUrl: '', clickhouseUrl: '' };
const stateOf = (dataDir: string) => ({
  ...dead,
  dataDir,
  startedAt: '2026-01-01T00:00:00Z',
  ready: true,
  endpoints,
  parts: { kafka: { ...dead, port: 1 } },
});

test('a directory that was given stays, without its state', async () => {
  const dataDir = join(folder, 'deep', 'data');
  const directory = await takeDataDirectory(dataDir);
  expect(directory.isNew).toBe(true);
  writeState(stateOf(dataDir));
  directory.release();
  expect(existsSync(dataDir)).toBe(true);
  expect(readState(dataDir)).toBeUndefined();
});

test('a temporary directory is removed at the end, and so is one whose stack was killed', async () => {
  vi.stubEnv('TMPDIR', folder);
  const abandoned = join(folder, 'millrace-stack-abandoned');
  const starting = join(folder, 'millrace-stack-starting');
  mkdirSync(abandoned);
  mkdirSync(starting);
  writeState(stateOf(abandoned));
  const directory = await takeDataDirectory(undefined);
  expect(existsSync(abandoned)).toBe(false);
  expect(existsSync(starting)).toBe(true);
  expect(existsSync(directory.dataDir)).toBe(true);
  directory.release();
  expect(existsSync(directory.dataDir)).toBe(false);
});

test('a second taker is refused in one sentence, also within the same second', async () => {
  const dataDir = join(folder, 'data');
  const takers = await Promise.allSettled([takeDataDirectory(dataDir), takeDataDirectory(dataDir)]);
  const refused = takers.filter((taker) => taker.status === 'rejected');
  expect(refused.map((taker) => taker.reason)).toMatchObject([
    { code: 'stack.data-dir-in-use', message: expect.stringContaining(`${dataDir} is in use by`) },
  ]);
  for (const taker of takers) if (taker.status === 'fulfilled') taker.value.release();
});

test('a directory that cannot be made is one sentence', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  await expect(takeDataDirectory(join(file, 'data'))).rejects.toMatchObject({
    code: 'stack.data-dir-unusable',
    message: expect.stringMatching(/cannot be written \(ENOTDIR\): give a directory/),
  });
});
