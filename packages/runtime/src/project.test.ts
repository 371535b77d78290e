import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { loadProject } from './project.ts';

test('the repository’s own project loads with its contracts', async () => {
  const { contracts } = await loadProject(fileURLToPath(new URL('../../..', import.meta.url)));
  expect(contracts.map(({ id }) => id)).toContain('flights.departed');
});

test('a directory without schemas is refused with the setting to change', async () => {
  await expect(loadProject(join(tmpdir(), 'there-is-no-such-project'))).rejects.toMatchObject({
    code: 'config.project-invalid',
    message: expect.stringContaining('Set MILLRACE_PROJECT'),
  });
});

test('every problem of a project is told with its file', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-project-'));
  await mkdir(join(directory, 'schemas', 'a'), { recursive: true });
  await writeFile(join(directory, 'schemas', 'a', 'b.avsc'), '{ "type": "recrod" }');
  await expect(loadProject(directory)).rejects.toMatchObject({
    code: 'config.project-invalid',
    message: expect.stringContaining('schemas/a/b.avsc'),
  });
  await rm(directory, { recursive: true });
});
