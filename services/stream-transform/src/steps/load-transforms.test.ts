import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { loadTransforms } from './load-transforms.ts';

const exporting = (name: string) =>
  `export default transform('${name}', ({ from }) => from('a.b').to('a.c'));`;

test('all transforms of a project are loaded, or those that are named; the project need not install anything', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-load-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  await mkdir(join(directory, 'transforms'));
  for (const name of ['first', 'second']) {
    const code = `import { transform } from '@millrace/streams';\n${exporting(name)}`;
    await writeFile(join(directory, 'transforms', `${name}.ts`), code);
  }
  const namesOf = async (names: readonly string[]) =>
    (await loadTransforms(directory, names)).map(({ name }) => name);
  expect(await namesOf([])).toEqual(['first', 'second']);
  expect(await namesOf(['second'])).toEqual(['second']);
  await expect(namesOf(['third'])).rejects.toMatchObject({ code: 'transform.invalid' });
});
