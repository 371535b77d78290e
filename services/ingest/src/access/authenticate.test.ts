import type { IncomingMessage } from 'node:http';
import { hashKeyToken, mintKeyToken } from '@millrace/contracts';
import { systemClock } from '@millrace/pipeline';
import { expect, test } from 'vitest';
import { createAuthenticator } from './authenticate.ts';
import { createKeyRing } from './key-ring.ts';

const tokens = { server: mintKeyToken('server'), page: mintKeyToken('page') };
const keys = createKeyRing({});
keys.complete();
for (const [id, origins] of [
  ['server', undefined],
  ['page', ['https://shop.example']],
] as const)
  keys.put(id, {
    id,
    name: id,
    scopes: ['*'],
    secrets: [{ sha256: hashKeyToken(tokens[id]).toString('hex') }],
    ...(origins && { origins }),
  });
const { identify } = createAuthenticator({ keys, clock: systemClock });
const request = (headers: object, url = '/') =>
  identify({ headers, url, socket: {} } as unknown as IncomingMessage);

test.each([
  ['nothing', {}, '/', 'ingest.credential-missing'],
  ['another scheme', { authorization: 'Basic x' }, '/', 'ingest.credential-invalid'],
  [
    'a JWT where none are taken',
    { authorization: 'Bearer a.b.c' },
    '/',
    'ingest.credential-invalid',
  ],
  ['a server’s key in the URL', {}, `/?key=${tokens.server}`, 'ingest.key-in-url'],
  [
    'a browser’s key without an origin',
    { 'x-api-key': tokens.page },
    '/',
    'ingest.origin-forbidden',
  ],
  [
    'a browser’s key of another origin',
    { 'x-api-key': tokens.page, origin: 'https://evil.example' },
    '/',
    'ingest.origin-forbidden',
  ],
])('%s opens nothing', (_what, headers, url, code) => {
  expect(request(headers, url)).toMatchObject({ code });
});

test('a server’s key opens by its header, a browser’s from its page by header and URL', () => {
  const origin = 'https://shop.example';
  expect(request({ authorization: `Bearer ${tokens.server}` })).toHaveProperty('sender');
  expect(request({ 'x-api-key': tokens.page, origin })).toHaveProperty('sender');
  expect(request({ origin }, `/v1/events/a/b?key=${tokens.page}`)).toHaveProperty('sender');
});

test('no denial repeats the secret', () => {
  for (const headers of [
    { 'x-api-key': tokens.page },
    { authorization: `Bearer ${tokens.server}x` },
  ])
    expect(JSON.stringify(request(headers))).not.toContain(tokens.page.slice(12));
  expect(JSON.stringify(request({}, `/?key=${tokens.server}`))).not.toContain(
    tokens.server.slice(12),
  );
});
