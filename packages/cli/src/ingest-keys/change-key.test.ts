import { hashKeyToken, keyIdOf } from '@millrace/contracts';
import { expect, test } from 'vitest';
import { createKey, revokeKey, rotateKey } from './change-key.ts';

const nowMs = Date.parse('2026-11-27T00:00:00Z');
const hourMs = 3_600_000;
const sha256 = (token = '') => hashKeyToken(token).toString('hex');
const wishes = { name: 'shop', scopes: ['flights.*'] };

test('a new key holds the hash of its token and not the token', () => {
  const { key, token } = createKey(wishes, nowMs);
  expect(keyIdOf(token!)).toBe(key.id);
  expect(key).toMatchObject({
    secrets: [{ sha256: sha256(token) }],
    createdAt: '2026-11-27T00:00:00.000Z',
  });
  expect(JSON.stringify(key)).not.toContain(token!.slice(-43));
});

test('a key for a certificate has no token', () => {
  const { key, token } = createKey({ ...wishes, certificate: 'CN=loader' }, nowMs);
  expect(token).toBeUndefined();
  expect(key.secrets).toBeUndefined();
});

test.each([
  [{ scopes: ['flights'] }, /scopes/],
  [{ scopes: [] }, /scopes/],
  [{ id: 'UP' }, /id/],
  [{ origins: ['shop.example'] }, /origins/],
  [{ limits: { events: 0 } }, /events/],
])('%j is refused', (wrong, said) => {
  expect(() => createKey({ ...wishes, ...wrong }, nowMs)).toThrow(said);
});

test('a rotation lets the old secret live for the overlap, and not longer than it would have', () => {
  const first = createKey(wishes, nowMs);
  const second = rotateKey(first.key, 24 * hourMs, nowMs);
  expect(second.key.secrets).toEqual([
    { sha256: sha256(first.token), until: '2026-11-28T00:00:00.000Z' },
    { sha256: sha256(second.token) },
  ]);
  const third = rotateKey(second.key, 48 * hourMs, nowMs + hourMs);
  expect(third.key.secrets?.map(({ until }) => until)).toEqual([
    '2026-11-28T00:00:00.000Z',
    '2026-11-29T01:00:00.000Z',
    undefined,
  ]);
  expect(rotateKey(third.key, 0, nowMs + 2 * hourMs).key.secrets).toHaveLength(1);
});

test('a revoked key is neither rotated nor revoked again', () => {
  const revoked = revokeKey(createKey(wishes, nowMs).key, nowMs);
  expect(revoked.revokedAt).toBe('2026-11-27T00:00:00.000Z');
  expect(() => rotateKey(revoked, 0, nowMs)).toThrow(/revoked/);
  expect(() => revokeKey(revoked, nowMs)).toThrow(/revoked/);
});
