import { expect, test } from 'vitest';
import { createTree } from '../tree.ts';
import { explainedRule } from './explained.ts';

const check = (text: string, path = 'a.ts') => explainedRule.check(createTree({ [path]: text }));
const todo = ['TO', 'DO'].join('');

test('a file without a word about itself is found', () => {
  expect(check(`import x from 'x';\nexport const y = x;`)).toHaveLength(1);
});

test('a comment on top or on the first declaration is a head', () => {
  expect(check(`/** One thing. */\nimport x from 'x';\nexport const y = x;`)).toEqual([]);
  expect(check(`import x from 'x';\n\n/** One thing. */\nexport const y = x;`)).toEqual([]);
});

test('a test and an index need none', () => {
  expect(check('const x = 1;', 'a.test.ts')).toEqual([]);
  expect(check('const x = 1;', 'packages/a/src/index.ts')).toEqual([]);
});

test('escape hatches and unfinished work are found', () => {
  expect(check(`// head\n// @ts-ignore\nconst x = 1;`)).toHaveLength(1);
  expect(check(`// head\n// @ts-expect-error\nconst x = 1;`)).toHaveLength(1);
  expect(check(`// head\n// ${todo}: later\nconst x = 1;`)).toHaveLength(1);
  expect(check(`// head\n// @ts-expect-error a number is refused\nconst x = 1;`)).toEqual([]);
});
