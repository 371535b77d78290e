/**
 * Whether the packed client can be used: installed into an empty folder, imported, required, and compiled against from both kinds of
 * modules. What it does is tested in packages/client; this is about what was packed.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { run } from './run.ts';

const names = '{ createClient }';
const use = `if (typeof createClient !== 'function' || typeof fileStore !== 'function') throw new Error('no functions');
createClient({ url: 'http://127.0.0.1:1' });`;
const typed = `import ${names} from '@millrace/client';
import { fileStore } from '@millrace/client/node';
interface Events { 'shop.orders': { amount: number } }
const client = createClient<Events>({ url: 'https://door', store: fileStore({ directory: 'x' }) });
void client.send('shop.orders', { amount: 1 });
// @ts-expect-error an amount is a number
void client.send('shop.orders', { amount: 'one' });`;
const files = {
  'package.json': '{ "private": true }',
  'use.mjs': `import ${names} from '@millrace/client'; import { fileStore } from '@millrace/client/node';\n${use}`,
  'use.cjs': `const ${names} = require('@millrace/client'); const { fileStore } = require('@millrace/client/node');\n${use}`,
  'typed.mts': typed,
  'typed.cts': typed,
};

/**
 * @param tarball absolute
 * @throws Error with what Node, npm or the compiler said
 */
export function checkClient(tarball: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-consumer-'));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--offline'];
    run('npm', ['install', ...quiet, tarball], folder);
    for (const script of ['use.mjs', 'use.cjs']) run(process.execPath, [script], folder);
    const { resolve } = createRequire(import.meta.url);
    const compiler = join(dirname(resolve('typescript/package.json')), 'bin', 'tsc');
    const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--lib', 'es2022,dom'];
    const sources = ['typed.mts', 'typed.cts'];
    run(process.execPath, [compiler, ...flags, '--types', '', ...sources], folder);
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`the packed client cannot be used:\n${stdout}${stderr}`, { cause: error });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
