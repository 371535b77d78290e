import { expect, test } from 'vitest';
import { statementText } from './statement-text.ts';

test.each([
  ['SELECT 1', 'SELECT 1'],
  ['  -- mine\n /* a */ select 1 ; ', 'select 1'],
  ['WITH a AS (SELECT 1) SELECT * FROM a;', 'WITH a AS (SELECT 1) SELECT * FROM a'],
  ['(SELECT 1) UNION ALL (SELECT 2)', '(SELECT 1) UNION ALL (SELECT 2)'],
  ['', undefined],
  ['-- SELECT 1', undefined],
  ['selected', undefined],
  ['optimize = 1 SELECT 1', undefined],
  ['/* */ graph = 1 SELECT 1', undefined],
  ['EXPLAIN SELECT 1', undefined],
  ['INSERT INTO t SELECT 1', undefined],
])('%j is sent on as %j', (text, sent) => {
  expect(statementText(text)).toBe(sent);
});
