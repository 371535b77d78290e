import { expect, test } from 'vitest';
import { createSealer } from '../seal.ts';
import { createSealedSessions } from '../sessions.ts';
import { createPendingLogins, createSealedPendingLogins, ownPath } from './pending-logins.ts';

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

test('a sealed login comes back to any service with the key, in time, with its own state; a way back too long for a cookie is left out', () => {
  const pendingWith = (key: string) => {
    const sealer = createSealer();
    sealer.setKeys([key]);
    return createSealedPendingLogins(sealer);
  };
  const [one, other] = [pendingWith('k'.repeat(32)), pendingWith('k'.repeat(32))];
  const word = one.begin({ attempt, to: '/a' }, 0);
  expect(other.take('s', word, 1)).toMatchObject({ attempt, to: '/a' });
  expect(other.take('t', word, 1)).toBeUndefined();
  expect(other.take('s', word, 10 * 60_000)).toBeUndefined();
  expect(pendingWith('l'.repeat(32)).take('s', word, 1)).toBeUndefined();
  // under one key still no login that is done
  const sealer = createSealer();
  sealer.setKeys(['k'.repeat(32)]);
  expect(createSealedSessions(1000, sealer).find(word, 1)).toBeUndefined();
  const long = one.begin({ attempt, to: `/${'a'.repeat(5_000)}` }, 0);
  expect(long.length).toBeLessThan(4_000);
  expect(other.take('s', long, 1)).toMatchObject({ to: '/' });
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
