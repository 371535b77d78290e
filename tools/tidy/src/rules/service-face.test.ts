import { expect, test } from 'vitest';
import { createTree } from '../tree.ts';
import { serviceFaceRule } from './service-face.ts';

const face = {
  'services/sink/package.json': '{"name":"@millrace/sink"}',
  'services/sink/README.md': '',
  'services/sink/src/main.ts': '',
  'services/sink/src/config.ts': '',
  'services/sink/src/pipeline.ts': '',
  'services/sink/src/outputs.ts': '',
  'services/sink/src/metrics.ts': '',
  'services/sink/src/steps/insert-batch.ts': '',
  'services/sink/src/steps/insert-batch.stack.test.ts': '',
};

const check = (over: Record<string, string>) =>
  serviceFaceRule.check(createTree({ ...face, ...over }));

test('a service with the whole face passes', () => {
  expect(check({})).toEqual([]);
});

test('each missing part is named', () => {
  const tree = createTree({ 'services/sink/package.json': '{"name":"@millrace/sink"}' });
  expect(serviceFaceRule.check(tree)).toHaveLength(7);
});

test('a main.ts of 60 lines holds logic', () => {
  expect(check({ 'services/sink/src/main.ts': 'run();\n'.repeat(60) })).toHaveLength(1);
});

test('a step without a test beside it is found', () => {
  expect(check({ 'services/sink/src/steps/claim-range.ts': '' })).toEqual([
    {
      path: 'services/sink/src/steps/claim-range.ts',
      message: 'is a step without a test beside it',
    },
  ]);
});
