import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { withVersion } from './versions.ts';

const tree = (files: Readonly<Record<string, string>>): string => {
  const root = mkdtempSync(join(tmpdir(), 'millrace-release-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
};
const root = '{ "version": "0.1.0" }';
const sink =
  '{ "version": "0.1.0", "dependencies": { "@millrace/kafka": "0.1.0", "pg": "0.1.0" } }';

test('every package, what it asks of its neighbours, and the chart get the version; others’ versions stay', () => {
  const files = {
    'package.json': root,
    'services/sink/package.json': sink,
    'charts/millrace/Chart.yaml': 'name: millrace\nversion: 0.1.0\nappVersion: "0.1.0"\n',
  };
  expect(withVersion(tree(files), '0.2.0')).toEqual({
    'package.json': '{ "version": "0.2.0" }',
    'services/sink/package.json':
      '{ "version": "0.2.0", "dependencies": { "@millrace/kafka": "0.2.0", "pg": "0.1.0" } }',
    'charts/millrace/Chart.yaml': 'name: millrace\nversion: 0.2.0\nappVersion: "0.2.0"\n',
  });
});

test('what has the version already is no change; a workspace of another version, and no version, are refused', () => {
  expect(withVersion(tree({ 'package.json': root }), '0.1.0')).toEqual({});
  const odd = tree({ 'package.json': root, 'tests/package.json': '{ "version": "0.0.9" }' });
  expect(() => withVersion(odd, '0.2.0')).toThrow('tests/package.json is of version 0.0.9');
  expect(() => withVersion(tree({ 'package.json': root }), 'v2')).toThrow(/no version/);
});

test('the repository itself is of one version', () => {
  const here = fileURLToPath(new URL('../../../', import.meta.url));
  expect(Object.keys(withVersion(here, '99.0.0')).length).toBeGreaterThan(20);
});
