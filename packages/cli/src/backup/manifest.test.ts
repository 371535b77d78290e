import { appendFile, mkdtemp, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createBackup, openBackup, readPart } from './manifest.ts';

const about = { millrace: '0.1.0', begunAt: 'now', finishedAt: 'then' };

async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'millrace-manifest-'));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

test('what was written is read back, and a second backup does not go into the same place', async () => {
  const path = await directory();
  const backup = await createBackup(path);
  await backup.write('deep/topics.json', '[1]');
  await backup.finish(about);
  const manifest = await openBackup(path);
  expect(await readPart(path, manifest, 'deep/topics.json')).toEqual([1]);
  expect(await readPart(path, manifest, 'groups.json')).toBeUndefined();
  await expect(createBackup(path)).rejects.toMatchObject({ code: 'backup.refused' });
});

test('a backup that was cut off, changed or lost a file is told from a whole one', async () => {
  const path = await directory();
  const cutOff = await createBackup(path);
  await cutOff.write('a.json', 'more than that');
  await expect(openBackup(path)).rejects.toMatchObject({ code: 'backup.damaged' });
  // it may be taken again into the same place
  const backup = await createBackup(path);
  await backup.write('a.json', '1');
  await backup.finish(about);
  await openBackup(path);
  await appendFile(join(path, 'a.json'), ' ');
  await expect(openBackup(path)).rejects.toThrow('a.json of');
  await unlink(join(path, 'a.json'));
  await expect(openBackup(path)).rejects.toThrow('is missing');
  await appendFile(join(path, 'manifest.json'), '}');
  await expect(openBackup(path)).rejects.toThrow('is no JSON');
  // of a version that may mean something else by the same words
  await writeFile(join(path, 'manifest.json'), '{"version":2,"files":{}}');
  await expect(openBackup(path)).rejects.toThrow('has an unknown form');
});
