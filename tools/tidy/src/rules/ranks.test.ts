import { expect, test } from 'vitest';
import { createTree } from '../tree.ts';
import { ranksRule } from './ranks.ts';

const manifest = (name: string): string => JSON.stringify({ name });

const tree = (over: Record<string, string>) =>
  createTree({
    'packages/avro/package.json': manifest('@millrace/avro'),
    'packages/kafka/package.json': manifest('@millrace/kafka'),
    'services/sink/package.json': manifest('@millrace/sink'),
    'services/cdc/package.json': manifest('@millrace/cdc'),
    ...over,
  });

test('an import from a lower rank is allowed', () => {
  const good = tree({ 'services/sink/src/a.ts': `import { x } from '@millrace/kafka';` });
  expect(ranksRule.check(good)).toEqual([]);
});

test('a package may not import one of its own rank, not even a type', () => {
  const bad = tree({ 'packages/avro/src/a.ts': `\nimport type { X } from '@millrace/kafka';` });
  expect(ranksRule.check(bad)).toEqual([
    {
      path: 'packages/avro/src/a.ts',
      line: 2,
      message: '@millrace/avro (rank 2) imports @millrace/kafka (rank 2)',
    },
  ]);
});

test('a service may not import another, statically or dynamically', () => {
  const bad = tree({ 'services/sink/src/a.ts': `await import('@millrace/cdc');` });
  expect(ranksRule.check(bad)).toMatchObject([{ line: 1 }]);
});

test('the testkit is for tests', () => {
  const bad = tree({
    'services/sink/src/a.ts': `import '@millrace/testkit';`,
    'services/sink/src/a.test.ts': `import '@millrace/testkit';`,
  });
  expect(ranksRule.check(bad)).toMatchObject([{ path: 'services/sink/src/a.ts' }]);
});

test('code that ships may not import the support of tests', () => {
  const bad = tree({
    'packages/avro/src/testing/golden.ts': '',
    'packages/avro/src/a.ts': `import './testing/golden.ts';`,
    'packages/avro/src/a.test.ts': `import './testing/golden.ts';`,
  });
  expect(ranksRule.check(bad)).toEqual([
    { path: 'packages/avro/src/a.ts', line: 1, message: './testing/golden.ts is test code' },
  ]);
});

test('a new workspace needs a rank', () => {
  const bad = tree({ 'packages/new/package.json': manifest('@millrace/new') });
  expect(ranksRule.check(bad)).toMatchObject([{ path: 'packages/new/package.json' }]);
});
