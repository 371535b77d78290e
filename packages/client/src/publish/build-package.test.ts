import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildPackage } from './build-package.ts';

const run = promisify(execFile);
let consumer: string;
let built: string;

beforeAll(async () => {
  consumer = await mkdtemp(join(tmpdir(), 'millrace-consumer-'));
  built = join(consumer, 'node_modules', '@millrace', 'client');
  await buildPackage(built);
});
afterAll(() => rm(consumer, { recursive: true }));

const filesOf = async (ending: string) =>
  (await readdir(built, { recursive: true })).filter((name) => name.endsWith(ending));

test('npm packs the code, its types, a README and the licence, and nothing of the tests', async () => {
  const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: built,
  });
  const [packed] = JSON.parse(stdout) as { name: string; files: { path: string }[] }[];
  const paths = packed!.files.map(({ path }) => path);
  expect(packed!.name).toBe('@millrace/client');
  expect(paths).toEqual(
    expect.arrayContaining([
      'LICENSE',
      'README.md',
      'index.js',
      'index.d.ts',
      'node/file-store.js',
    ]),
  );
  expect(paths.filter((path) => /test|publish|\.ts$(?<!\.d\.ts)/.test(path))).toEqual([]);
  const manifest = JSON.parse(await readFile(join(built, 'package.json'), 'utf8')) as object;
  expect(manifest).not.toHaveProperty('dependencies');
  expect(manifest).not.toHaveProperty('private');
  expect(manifest).toMatchObject({ repository: { directory: 'packages/client' } });
});

test('outside the Node entry nothing is imported that a browser lacks', async () => {
  const scripts = await filesOf('.js');
  expect(scripts.length).toBeGreaterThan(10);
  for (const script of scripts.filter((name) => !name.startsWith('node/'))) {
    const text = await readFile(join(built, script), 'utf8');
    const imported = [...text.matchAll(/from '([^']+)'/g)].map(([, name]) => name);
    expect(imported.filter((name) => !name?.startsWith('.') || name.includes('/node/'))).toEqual(
      [],
    );
    expect(text).not.toMatch(/\b(?:process|Buffer|require)\b[.(]/);
  }
});

test('every Node of this machine runs it', async () => {
  const script = join(consumer, 'run.mjs');
  await writeFile(
    script,
    `import { createClient } from '@millrace/client';
     import { fileStore } from '@millrace/client/node';
     const client = createClient({ url: 'http://127.0.0.1:1', store: fileStore({ directory: process.argv[2] }) });
     const queued = await client.enqueue('a.b', { n: 1 });
     await client.close({ timeoutMs: 0 });
     console.log(JSON.stringify(queued));`,
  );
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const nodes = new Set([process.execPath, ...folders.map((folder) => join(folder, 'node'))]);
  for (const node of [...nodes].filter((path) => existsSync(path))) {
    const { stdout } = await run(node, [script, join(consumer, 'store')]);
    expect(JSON.parse(stdout)).toEqual({ status: 'queued', durable: true });
  }
});

test('its types compile for who uses it, and for who misuses it they do not', async () => {
  const project = join(consumer, 'typed');
  await mkdir(project);
  await cp(join(consumer, 'node_modules'), join(project, 'node_modules'), { recursive: true });
  const source = (
    amount: string,
  ) => `import { createClient, indexedDbStore } from '@millrace/client';
    interface Events { 'shop.orders': { amount: number } }
    const client = createClient<Events>({ url: 'https://door', store: indexedDbStore() });
    const result = await client.send('shop.orders', { amount: ${amount} });
    if (result.status === 'rejected') console.log(result.problems?.[0]?.path);`;
  const compiler = join(
    dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
    'bin',
    'tsc',
  );
  // As in a page: the DOM's types, and none of Node's.
  const flags = ['--noEmit', '--strict', '--module', 'esnext', '--moduleResolution', 'bundler'];
  const compile = async (amount: string) => {
    await writeFile(join(project, 'page.ts'), source(amount));
    const all = [...flags, '--target', 'es2022', '--lib', 'es2022,dom', '--types', '', 'page.ts'];
    return run(process.execPath, [compiler, ...all], { cwd: project }).then(
      () => 'compiles',
      ({ stdout }: { stdout: string }) => stdout,
    );
  };
  expect(await compile('1')).toBe('compiles');
  expect(await compile("'one'")).toContain("'string' is not assignable to type 'number'");
});
