import { expect, test } from 'vitest';
import { createTree } from '../tree.ts';
import { supplyChainRule } from './supply-chain.ts';

const good = { version: '1.2.3', integrity: 'sha512-abc', license: 'MIT' };
const check = (entry: object, allowScripts: Record<string, boolean> = {}) =>
  supplyChainRule
    .check(
      createTree({
        'package.json': JSON.stringify({ allowScripts }),
        'package-lock.json': JSON.stringify({ packages: { 'node_modules/x': entry } }),
      }),
    )
    .map(({ message }) => message);

test('a release of a registry under a known licence is good, and so is a workspace', () => {
  expect(check(good)).toEqual([]);
  expect(check({ link: true, resolved: 'packages/x' })).toEqual([]);
  expect(check({ ...good, integrity: undefined, inBundle: true })).toEqual([]);
});

test.each([
  [{ ...good, resolved: 'git+ssh://git@example.test/x.git#abc' }, /not from a registry/],
  [{ ...good, resolved: 'http://example.test/x.tgz' }, /not from a registry/],
  [{ ...good, version: 'file:../x' }, /names no release/],
  [{ ...good, integrity: undefined }, /no sha512 hash/],
  [{ ...good, integrity: 'sha1-abc' }, /no sha512 hash/],
  [{ ...good, license: 'AGPL-3.0-only' }, /nobody has allowed/],
  [{ ...good, license: undefined }, /look it up/],
  [{ ...good, hasInstallScript: true }, /decide in allowScripts/],
])('%j is found', (entry, message) => {
  expect(check(entry)).toEqual([expect.stringMatching(message)]);
});

test('a script that somebody decided on is not, and the licence of a tool is its own affair', () => {
  expect(check({ ...good, hasInstallScript: true }, { x: false })).toEqual([]);
  expect(check({ ...good, dev: true, license: 'GPL-3.0-only' })).toEqual([]);
});
