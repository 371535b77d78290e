/** What the check finds; that the client passes it is a part of tests/long/release.test.ts. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { checkClient } from './check-client.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-packed-'));
afterAll(() => rmSync(folder, { recursive: true }));

// npm, Node twice and the compiler, one after the other.
vi.setConfig({ testTimeout: 180_000 });

const manifest = {
  name: '@millrace/client',
  version: '1.0.0',
  type: 'module',
  exports: {
    '.': { types: './index.d.ts', default: './index.js' },
    './node': { types: './node.d.ts', default: './node.js' },
  },
};
const sound = {
  'package.json': JSON.stringify(manifest),
  'index.js': 'export const createClient = () => ({});',
  'node.js': 'export const fileStore = () => ({});',
  'index.d.ts': `export declare function createClient<E>(options: { url: string; store?: object }): {
    send<K extends keyof E>(stream: K, event: E[K]): Promise<void>;
  };`,
  'node.d.ts': 'export declare function fileStore(options: { directory: string }): object;',
};
/** As npm packs it, of some files that are other ones. */
const packed = (changed: Partial<typeof sound>): string => {
  const path = mkdtempSync(join(folder, 'x-'));
  mkdirSync(join(path, 'package'));
  for (const [name, text] of Object.entries({ ...sound, ...changed }))
    writeFileSync(join(path, 'package', name), text);
  execFileSync('tar', ['-czf', 'client.tgz', 'package'], { cwd: path });
  return join(path, 'client.tgz');
};

test.each<[string, Partial<typeof sound>, RegExp | undefined]>([
  ['sound', {}, undefined],
  ['an entry without its file', { 'node.js': "export * from './gone.js';" }, /gone\.js/],
  ['a module that waits at its top, which cannot be required', awaiting(), /ERR_REQUIRE_ASYNC/],
  ['types that take anything', { 'index.d.ts': 'export declare const createClient: any;' }, /TS/],
])('%s', (_, changed, message) => {
  const check = (): void => checkClient(packed(changed));
  if (message === undefined) expect(check).not.toThrow();
  else expect(check).toThrow(message);
});

function awaiting(): Partial<typeof sound> {
  return { 'index.js': `await undefined; ${sound['index.js']}` };
}
