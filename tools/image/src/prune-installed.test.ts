import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { isSuperfluous, pruneInstalled } from './prune-installed.ts';

test.each([
  ['pg/lib/index.js', false],
  ['pg/LICENSE', false],
  ['pg/LICENSE.md', false],
  ['pg/README.md', true],
  ['zod/index.js.map', true],
  ['zod/index.d.cts', true],
  ['@lmdb/lmdb-linux-x64/node.napi.glibc.node', false],
  ['@lmdb/lmdb-linux-x64/node.napi.musl.node', true],
  ['@lmdb/lmdb-linux-x64/node.abi127.glibc.node', true],
  ['@lmdb/lmdb-linux-x64/node.abi137.glibc.node', false],
  ['vega-datasets/data/flights-20k.json', false],
  ['vega-datasets/data/flights-3m.parquet', true],
  ['swagger-ui-dist/swagger-ui-bundle.js', false],
  ['swagger-ui-dist/swagger-ui-es-bundle.js', true],
  ['.package-lock.json', true],
])('%s is left out: %s', (path, isLeftOut) => {
  expect(isSuperfluous(path, '137')).toBe(isLeftOut);
});

test('what is linked, the workspaces themselves, is not touched', async () => {
  const root = await mkdtemp(join(tmpdir(), 'millrace-prune-'));
  onTestFinished(() => rm(root, { recursive: true }));
  const write = async (path: string) => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), '12345');
  };
  for (const path of ['packages/a/README.md', 'node_modules/pg/x.js', 'node_modules/pg/x.js.map'])
    await write(path);
  await symlink('../packages/a', join(root, 'node_modules/a'));
  expect(await pruneInstalled(join(root, 'node_modules'))).toBe(5);
  expect(await readdir(join(root, 'packages/a'))).toEqual(['README.md']);
  expect(await readdir(join(root, 'node_modules/pg'))).toEqual(['x.js']);
});
