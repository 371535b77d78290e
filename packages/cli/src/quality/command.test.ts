import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadProject } from '@millrace/runtime';
import { expect, onTestFinished, test, vi } from 'vitest';
import { qualityCommand } from './command.ts';

test('canary init makes the project hold the canary, and never writes over what is there', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-canary-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const said = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  onTestFinished(() => said.mockRestore());
  const init = () =>
    qualityCommand().parseAsync(['canary', 'init', '--project', directory], { from: 'user' });
  await init();
  expect((await loadProject(directory)).contracts.map(({ id }) => id)).toEqual(['millrace.canary']);
  await expect(init()).rejects.toMatchObject({ code: 'config.invalid' });
});
