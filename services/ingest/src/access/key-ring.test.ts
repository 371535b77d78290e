import { hashKeyToken, type IngestKey, mintKeyToken } from '@millrace/contracts';
import { expect, test } from 'vitest';
import { createKeyRing } from './key-ring.ts';

const token = mintKeyToken('abcd');
const sha256 = (of: string) => hashKeyToken(of).toString('hex');
const key = (extra: Partial<IngestKey> = {}): IngestKey => ({
  id: 'abcd',
  name: 'shop',
  scopes: ['flights.*'],
  secrets: [{ sha256: sha256(token) }],
  ...extra,
});
const ringOf = (...keys: IngestKey[]) => {
  const ring = createKeyRing({ requests: 5 });
  for (const one of keys) ring.put(one.id, one);
  ring.complete();
  return ring;
};
const nowMs = Date.parse('2026-11-27T00:00:00Z');

test('the right secret opens its key, with the key’s limits over the door’s', () => {
  expect(ringOf(key({ limits: { events: 7 } })).byToken(token, nowMs)).toMatchObject({
    sender: { id: 'abcd', name: 'shop' },
    scopes: ['flights.*'],
    terms: { limits: { requests: 5, events: 7 } },
  });
});

test.each([
  ['another secret', mintKeyToken('abcd')],
  ['another id', mintKeyToken('abce')],
  ['no token', 'password'],
])('%s opens nothing, and the answer is the same for known and unknown ids', (_what, wrong) => {
  expect(ringOf(key()).byToken(wrong, nowMs)).toMatchObject({ code: 'ingest.credential-invalid' });
});

test('while a rotation overlaps both secrets open the key, then only the new one does', () => {
  const newer = mintKeyToken('abcd');
  const ring = ringOf(
    key({
      secrets: [
        { sha256: sha256(token), until: '2026-11-28T00:00:00Z' },
        { sha256: sha256(newer) },
      ],
    }),
  );
  const dayMs = 86_400_000;
  expect(ring.byToken(token, nowMs)).toHaveProperty('sender');
  expect(ring.byToken(newer, nowMs)).toHaveProperty('sender');
  expect(ring.byToken(token, nowMs + dayMs)).toMatchObject({ code: 'ingest.credential-expired' });
  expect(ring.byToken(newer, nowMs + dayMs)).toHaveProperty('sender');
});

test('a revoked, ended or future key says so to its holder alone', () => {
  for (const [extra, word] of [
    [{ revokedAt: '2026-11-26T00:00:00Z' }, 'revoked'],
    [{ notAfter: '2026-11-26T00:00:00Z' }, 'ended'],
    [{ notBefore: '2026-11-28T00:00:00Z' }, 'from 2026-11-28'],
  ] as const) {
    const ring = ringOf(key(extra));
    expect(ring.byToken(token, nowMs)).toMatchObject({
      code: 'ingest.credential-expired',
      message: expect.stringContaining(word),
    });
    expect(ring.byToken(mintKeyToken('abcd'), nowMs)).toMatchObject({
      code: 'ingest.credential-invalid',
    });
  }
});

test('before the topic has been read an unknown key is told to come again, and a known one opens', () => {
  const ring = createKeyRing({});
  ring.setFileKeys([key()]);
  expect(ring.byToken(token, nowMs)).toHaveProperty('sender');
  const late = mintKeyToken('late');
  expect(ring.byToken(late, nowMs)).toMatchObject({ code: 'ingest.identity-unavailable' });
  expect(ring.byCertificate(['CN=late'], nowMs)).toMatchObject({
    code: 'ingest.identity-unavailable',
  });
  ring.complete();
  expect(ring.byToken(late, nowMs)).toMatchObject({ code: 'ingest.credential-invalid' });
});

test('a certificate opens the key that names it', () => {
  const ring = ringOf(key(), {
    id: 'mtls1',
    name: 'loader',
    scopes: ['*'],
    certificate: 'CN=loader',
  });
  expect(ring.byCertificate(['CN=other', 'CN=loader'], nowMs)).toMatchObject({
    sender: { id: 'mtls1' },
  });
  expect(ring.byCertificate(['CN=other'], nowMs)).toMatchObject({
    code: 'ingest.credential-invalid',
  });
});

test('keys of the file win, and go when they leave it; keys of the topic go one by one', () => {
  const ring = ringOf(key());
  ring.setFileKeys([key({ name: 'of the file' })]);
  expect(ring.byToken(token, nowMs)).toMatchObject({ sender: { name: 'of the file' } });
  expect(ring.size).toBe(1);
  ring.setFileKeys([]);
  expect(ring.byToken(token, nowMs)).toMatchObject({ sender: { name: 'shop' } });
  ring.put('abcd', undefined);
  expect(ring.byToken(token, nowMs)).toMatchObject({ code: 'ingest.credential-invalid' });
});
