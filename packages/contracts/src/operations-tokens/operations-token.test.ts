import { expect, test } from 'vitest';
import {
  mintOperationsToken,
  operationsTokenId,
  parseOperationsTokens,
} from './operations-token.ts';

const sha256 = 'ab'.repeat(32);

test('a token carries its id and 256 bits, and a text of another form is none', () => {
  const token = mintOperationsToken('abcd');
  expect(operationsTokenId(token)).toBe('abcd');
  expect(Buffer.from(token.slice('mrq_abcd_'.length), 'base64url')).toHaveLength(32);
  expect(mintOperationsToken('abcd')).not.toBe(token);
  for (const wrong of [
    '',
    token.slice(0, -1),
    `${token}x`,
    `${token}\n`,
    token.replace('mrq', 'mrk'),
  ])
    expect(operationsTokenId(wrong)).toBeUndefined();
});

test('a file of tokens tells its problems with their lines', () => {
  const good = `tokens:\n  - { id: abcd, name: ops, role: operator, sha256: ${sha256} }\n`;
  expect(parseOperationsTokens('t.yaml', good)).toMatchObject({
    ...{ tokens: [{ id: 'abcd', role: 'operator' }], problems: [] },
  });
  for (const wrong of [
    good.replace('operator', 'root'),
    good.replace(sha256, 'plain'),
    good.replace('tokens', 'token'),
    good.replace('name: ops, ', ''),
  ])
    expect(parseOperationsTokens('t.yaml', wrong).problems).not.toEqual([]);
  const twice = parseOperationsTokens('t.yaml', good + good.slice('tokens:\n'.length));
  expect(twice.problems).toMatchObject([{ file: 't.yaml', line: 3, rule: 'duplicate' }]);
});
