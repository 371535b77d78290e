import { hashKeyToken, parseOperationsTokens } from '@millrace/contracts';
import { expect, test } from 'vitest';
import { newToken } from './new-token.ts';

test('a token opens by the line that is printed with it, and is not in it', () => {
  const { token, entry } = newToken('ops: "laptop" #1', 'operator', '2030-01-01T00:00:00.000Z');
  const line = `tokens:\n  - ${JSON.stringify(entry)}\n`;
  const { tokens, problems } = parseOperationsTokens('t.yaml', line);
  expect(problems).toEqual([]);
  expect(tokens).toEqual([entry]);
  expect(tokens[0]?.sha256).toBe(hashKeyToken(token).toString('hex'));
  expect(line).not.toContain(token.slice(-43));
});

test('a name that nobody could read is refused', () => {
  expect(() => newToken(' ', 'viewer', undefined)).toThrow('1 to 200');
});
