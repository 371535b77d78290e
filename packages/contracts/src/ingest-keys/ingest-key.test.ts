import { expect, test } from 'vitest';
import { type IngestKey, keyStateAt, parseIngestKey, parseKeysFile } from './ingest-key.ts';
import { scopesCover } from './scope.ts';

const sha256 = 'ab'.repeat(32);
const key: IngestKey = {
  id: 'abcd',
  name: 'shop',
  scopes: ['flights.*'],
  secrets: [{ sha256 }],
};

test.each([
  [['*'], 'flights.departed', true],
  [['flights.*'], 'flights.departed', true],
  [['flights.departed'], 'flights.departed', true],
  [['flights.departed'], 'flights.departed_late', false],
  [['flights.*'], 'flightsx.departed', false],
  [['shop.*', 'flights.landed'], 'flights.departed', false],
  [[], 'flights.departed', false],
])('the scopes %j cover %s: %s', (scopes, stream, covered) => {
  expect(scopesCover(scopes, stream)).toBe(covered);
});

test('a key holds between its moments and until it is revoked', () => {
  const timed = { ...key, notBefore: '2026-01-01T00:00:00Z', notAfter: '2026-02-01T00:00:00Z' };
  const at = (text: string, of: IngestKey = timed) => keyStateAt(of, Date.parse(text));
  expect(at('2025-12-31T23:59:59Z')).toBe('pending');
  expect(at('2026-01-01T00:00:00Z')).toBe('active');
  expect(at('2026-02-01T00:00:00Z')).toBe('expired');
  expect(at('2026-01-15T00:00:00Z', { ...timed, revokedAt: '2026-01-14T00:00:00Z' })).toBe(
    'revoked',
  );
});

test('a key is read back from JSON, and one that is no key is not', () => {
  expect(parseIngestKey(JSON.stringify(key))).toEqual(key);
  for (const wrong of [
    '',
    'null',
    '{',
    JSON.stringify({ ...key, scopes: ['flights'] }),
    JSON.stringify({ ...key, scopes: [] }),
    JSON.stringify({ ...key, secrets: [{ sha256: 'short' }] }),
    JSON.stringify({ id: 'abcd', name: 'no way in', scopes: ['*'] }),
    JSON.stringify({ ...key, notAfter: 'tomorrow' }),
    JSON.stringify({ ...key, secret: 'plain' }),
  ])
    expect(parseIngestKey(wrong)).toBeUndefined();
});

test('a file of keys tells its problems with their lines', () => {
  const good = `keys:
  - id: shop1
    name: shop
    scopes: [flights.*]
    secrets: [{ sha256: ${sha256} }]
`;
  expect(parseKeysFile('keys.yaml', good)).toMatchObject({ keys: [{ id: 'shop1' }], problems: [] });
  expect(parseKeysFile('keys.yaml', good.replace('scopes:', 'scope:')).problems[0]).toMatchObject({
    file: 'keys.yaml',
    line: expect.any(Number),
  });
  const twice = parseKeysFile('keys.yaml', good + good.slice(6));
  expect(twice.problems).toMatchObject([{ line: 6, rule: 'duplicate' }]);
});
