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
const compose = (version: string): string => `image: x:\${MILLRACE_VERSION:-${version}}\n`;
const lockfile = (version: string): string =>
  `${JSON.stringify(
    {
      version,
      packages: {
        '': { version },
        'node_modules/pg': { version: '0.1.0' },
        'services/sink': { version, dependencies: { '@millrace/kafka': version, pg: '0.1.0' } },
      },
    },
    null,
    2,
  )}\n`;
const sink =
  '{ "version": "0.1.0", "dependencies": { "@millrace/kafka": "0.1.0", "pg": "0.1.0" } }';

test('packages, what they ask of each other, lockfile, chart and the image’s name get the version; others’ versions stay', () => {
  const files = {
    'package.json': root,
    'services/sink/package.json': sink,
    'charts/millrace/Chart.yaml': 'name: millrace\nversion: 0.1.0\nappVersion: 0.1.0\n',
    'package-lock.json': lockfile('0.1.0'),
    Dockerfile: 'ARG TINI=0.1.0\nARG VERSION=0.1.0\n',
    'docker-compose.yml': compose('0.1.0'),
    'docs/howto/a.md': 'FROM ghcr.io/millrace/millrace:0.1.0, since 0.1.0\n',
  };
  expect(withVersion(tree(files), '0.2.0')).toEqual({
    'package.json': '{ "version": "0.2.0" }',
    'services/sink/package.json':
      '{ "version": "0.2.0", "dependencies": { "@millrace/kafka": "0.2.0", "pg": "0.1.0" } }',
    'charts/millrace/Chart.yaml': 'name: millrace\nversion: 0.2.0\nappVersion: 0.2.0\n',
    'package-lock.json': lockfile('0.2.0'),
    Dockerfile: 'ARG TINI=0.1.0\nARG VERSION=0.2.0\n',
    'docker-compose.yml': compose('0.2.0'),
    'docs/howto/a.md': 'FROM ghcr.io/millrace/millrace:0.2.0, since 0.1.0\n',
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
