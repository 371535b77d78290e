import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { loadTransformFiles } from './transform-files.ts';

const made: string[] = [];
afterEach(async () => {
  for (const directory of made.splice(0)) await rm(directory, { recursive: true, force: true });
});

const projectWith = async (files: Readonly<Record<string, string>>): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-transforms-'));
  made.push(directory);
  await mkdir(join(directory, 'transforms'));
  for (const [name, text] of Object.entries(files))
    await writeFile(join(directory, 'transforms', name), text);
  return directory;
};

test('files are imported in the order of their names; tests, types and other files are left alone', async () => {
  const directory = await projectWith({
    'b.mjs': 'export default 2;',
    'a.mjs': 'export default 1;',
    'a.test.ts': 'throw new Error()',
    'contracts.d.ts': 'throw new Error()',
    'a.cases.yaml': '',
  });
  expect(await loadTransformFiles(directory)).toEqual([
    { path: 'transforms/a.mjs', exported: 1 },
    { path: 'transforms/b.mjs', exported: 2 },
  ]);
});

test('a project without transforms has none', async () => {
  expect(await loadTransformFiles('/nowhere')).toEqual([]);
});

test('a file that throws is named', async () => {
  const directory = await projectWith({ 'a.mjs': 'throw new Error("no such window")' });
  await expect(loadTransformFiles(directory)).rejects.toMatchObject({
    code: 'transform.load-failed',
    message: 'transforms/a.mjs: no such window',
  });
});
