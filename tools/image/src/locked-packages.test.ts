import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { reached, readLocked } from './locked-packages.ts';

const locked = {
  'packages/cli': {
    dependencies: { '@millrace/kafka': '1', pg: '8' },
    devDependencies: { d: '1' },
  },
  'node_modules/@millrace/kafka': { link: true, resolved: 'packages/kafka' },
  'packages/kafka': { dependencies: { pg: '7' }, optionalDependencies: { win: '1', gnu: '1' } },
  'packages/kafka/node_modules/pg': { version: '7.0.0', peerDependencies: { peer: '1' } },
  'node_modules/pg': { version: '8.0.0' },
  'node_modules/peer': { version: '1.0.0' },
  'node_modules/win': { os: ['win32'] },
  'node_modules/gnu': { os: ['linux'], cpu: ['arm64'], libc: ['glibc'] },
  'node_modules/d': { version: '1.0.0' },
  'services/sink': { dependencies: { other: '1' } },
  'node_modules/other': { version: '1.0.0' },
};

test('what the workspaces need is found, the nearest first; other systems’, development’s and others’ is not', () => {
  expect(Object.keys(reached(locked, ['packages/cli'])).sort()).toEqual([
    'node_modules/@millrace/kafka',
    'node_modules/gnu',
    'node_modules/peer',
    'node_modules/pg',
    'packages/cli',
    'packages/kafka',
    'packages/kafka/node_modules/pg',
  ]);
});

test('of the repository it has what services run on, and nothing that tests and pages are built with', async () => {
  const { packages } = await readLocked(fileURLToPath(new URL('../../../', import.meta.url)));
  const names = Object.keys(packages);
  expect(names).toEqual(
    expect.arrayContaining(['node_modules/pg', 'node_modules/fastify', 'services/sink']),
  );
  for (const name of ['vitest', 'typescript', 'testcontainers', 'esbuild', '@millrace/testkit'])
    expect(names).not.toContain(`node_modules/${name}`);
});
