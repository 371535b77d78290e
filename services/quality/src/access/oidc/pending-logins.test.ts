import { expect, test } from 'vitest';
import { createPendingLogins, ownPath } from './pending-logins.ts';

const attempt = { state: 's', nonce: 'n', verifier: 'v' };

test('a login is found once, in time, by the browser that has its word', () => {
  const pending = createPendingLogins();
  const word = pending.begin({ attempt, to: '/a' }, 0);
  expect(pending.take('s', 'another', 1)).toBeUndefined();
  expect(pending.take('t', word, 1)).toBeUndefined();
  expect(pending.take('s', word, 1)).toMatchObject({ to: '/a' });
  expect(pending.take('s', word, 1)).toBeUndefined();
  const late = pending.begin({ attempt, to: '/a' }, 0);
  expect(pending.take('s', late, 10 * 60_000)).toBeUndefined();
});

test.each([
  ['/streams?x=1#y', '/streams?x=1#y'],
  ['https://evil.example', '/'],
  ['//evil.example', '/'],
  ['/\\evil.example', '/'],
  ['/a\nb', '/'],
  [undefined, '/'],
  [['/a'], '/'],
])('the way back %j leads to %s', (to, path) => {
  expect(ownPath(to)).toBe(path);
});
