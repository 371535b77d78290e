import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { silentLogger } from '@millrace/pipeline';
import { createManualClock } from '@millrace/testkit';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { createJwtVerifier, type JwtOptions } from './verify-jwt.ts';

type Pair = Awaited<ReturnType<typeof generateKeyPair>>;

let first: Pair;
let second: Pair;
beforeAll(async () => {
  first = await generateKeyPair('ES256');
  second = await generateKeyPair('ES256');
});

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

/** An identity provider that publishes the keys that it is told to, or is away. */
const startProvider = async () => {
  const state = { pairs: [['1', first]] as [string, Pair][], away: false, asked: 0 };
  const server = createServer(async (_request, response) => {
    state.asked += 1;
    if (state.away) return void response.writeHead(503).end();
    const keys = await Promise.all(
      state.pairs.map(async ([kid, pair]) => ({ ...(await exportJWK(pair.publicKey)), kid })),
    );
    response.end(JSON.stringify({ keys }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => server.close());
  return { state, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks` };
};

const setUp = async (extra: Partial<JwtOptions> = {}, asked = 1) => {
  const provider = await startProvider();
  const clock = createManualClock(Date.now());
  const stop = new AbortController();
  cleanUps.push(() => stop.abort());
  const verifier = createJwtVerifier({
    jwksUrl: provider.url,
    issuer: 'https://id.example',
    audience: 'millrace',
    algorithms: ['ES256'],
    clockSkewMs: 5000,
    scopesClaim: 'scope',
    scopePrefix: 'ingest:',
    limits: {},
    clock,
    logger: silentLogger,
    signal: stop.signal,
    ...extra,
  });
  const seconds = () => Math.floor(clock.nowMs() / 1000);
  const sign = (claims: JWTPayload = {}, pair = first, kid = '1', alg = 'ES256') =>
    new SignJWT({
      ...{ iss: 'https://id.example', aud: 'millrace', sub: 'shop', exp: seconds() + 600 },
      scope: 'openid ingest:flights.* ingest:nonsense',
      ...claims,
    })
      .setProtectedHeader({ alg, kid })
      .sign(pair.privateKey);
  await expect.poll(() => provider.state.asked).toBe(asked);
  return { provider: provider.state, clock, verifier, sign, seconds };
};

test('a token of the issuer for this audience opens the scopes that are the door’s', async () => {
  const { verifier, sign } = await setUp();
  expect(await verifier.verify(await sign())).toMatchObject({
    sender: { id: 'jwt:shop', name: 'shop' },
    scopes: ['flights.*'],
  });
  expect(await verifier.verify(await sign({ scope: ['ingest:*'] }))).toMatchObject({
    scopes: ['*'],
  });
  expect(await verifier.verify(await sign({ scope: 7 }))).toMatchObject({ scopes: [] });
});

test('a token that is known is taken without looking at its signature, until it ends', async () => {
  const { verifier, sign, clock, seconds } = await setUp();
  const token = await sign({ exp: seconds() + 30 });
  expect(verifier.known(token)).toBeUndefined();
  await verifier.verify(token);
  expect(verifier.known(token)).toBeDefined();
  expect(verifier.known(`${token.slice(0, -4)}AAAA`)).toBeUndefined();
  await clock.advance(36_000);
  expect(await verifier.verify(token)).toMatchObject({ code: 'ingest.credential-expired' });
});

test('clocks may differ by the skew and no more', async () => {
  const { verifier, sign, seconds } = await setUp();
  const at = async (claims: JWTPayload) => await verifier.verify(await sign(claims));
  expect(await at({ exp: seconds() - 4 })).toHaveProperty('sender');
  expect(await at({ exp: seconds() - 6 })).toMatchObject({ code: 'ingest.credential-expired' });
  expect(await at({ nbf: seconds() + 4 })).toHaveProperty('sender');
  expect(await at({ nbf: seconds() + 7 })).toMatchObject({ code: 'ingest.credential-expired' });
});

test('another issuer, audience, signer or algorithm, and a token without an end or a subject, open nothing', async () => {
  const { verifier, sign } = await setUp();
  const { privateKey } = await generateKeyPair('ES384');
  const hmac = await new SignJWT({ sub: 'shop', iss: 'https://id.example', aud: 'millrace' })
    .setProtectedHeader({ alg: 'HS256', kid: '1' })
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(JSON.stringify(await exportJWK(first.publicKey))));
  const head = Buffer.from('{"alg":"none"}').toString('base64url');
  const body = (await sign()).split('.')[1];
  const others = [
    await sign({ iss: 'https://other.example' }),
    await sign({ aud: 'other' }),
    await sign({}, second),
    await sign({}, { ...first, privateKey }, '1', 'ES384'),
    await sign({ exp: undefined } as unknown as JWTPayload),
    await sign({ sub: undefined } as unknown as JWTPayload),
    hmac,
    `${head}.${body}.AA`,
    'aaaa.bbbb.cccc',
  ];
  for (const token of others)
    expect(await verifier.verify(token)).toMatchObject({ code: 'ingest.credential-invalid' });
});

/** jose spaces its fetches by the system's clock. */
const letJosePass = (ms: number) => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms });
  cleanUps.push(() => vi.useRealTimers());
};

test('a new signing key is fetched when its first token comes, and a withdrawn one is not taken any more', async () => {
  const { provider, verifier, sign } = await setUp();
  const old = await sign();
  await verifier.verify(old);
  provider.pairs = [['2', second]];
  letJosePass(6000);
  expect(await verifier.verify(await sign({}, second, '2'))).toHaveProperty('sender');
  expect(provider.asked).toBe(2);
  expect(await verifier.verify(await sign({ sub: 'late' }))).toMatchObject({
    code: 'ingest.credential-invalid',
  });
  // The price of not looking at each signature: a minute.
  expect(verifier.known(old)).toBeDefined();
});

test('withdrawn keys go by themselves, and what was known by them a minute later at most', async () => {
  const { provider, verifier, sign, clock } = await setUp();
  const token = await sign({ exp: Math.floor(clock.nowMs() / 1000) + 86_400 });
  await verifier.verify(token);
  provider.pairs = [['2', second]];
  await clock.advance(5 * 60_000);
  await expect.poll(() => provider.asked).toBe(2);
  await expect
    .poll(async () => {
      await clock.advance(60_000);
      return await verifier.verify(token);
    })
    .toMatchObject({ code: 'ingest.credential-invalid' });
});

test('while the provider is away known keys hold, unknown ones are to come again, and it is left alone', async () => {
  const { provider, verifier, sign, clock } = await setUp();
  await verifier.verify(await sign());
  provider.away = true;
  letJosePass(6000);
  expect(await verifier.verify(await sign({ sub: 'other' }))).toHaveProperty('sender');
  const unknown = await sign({}, second, '2');
  for (let attempt = 0; attempt < 5; attempt += 1)
    expect(await verifier.verify(unknown)).toMatchObject({ code: 'ingest.identity-unavailable' });
  expect(provider.asked).toBe(2);
  provider.away = false;
  provider.pairs = [['2', second]];
  await clock.advance(5000);
  expect(await verifier.verify(unknown)).toHaveProperty('sender');
});

test('a provider that was never there opens nothing', async () => {
  const { verifier, sign } = await setUp({ jwksUrl: 'http://127.0.0.1:9/jwks' }, 0);
  expect(await verifier.verify(await sign())).toMatchObject({
    code: 'ingest.identity-unavailable',
  });
});

test.each([[['HS256']], [['none']], [['ES256', 'HS512']], [[]]])(
  'the algorithms %j are refused at the start',
  async (algorithms) => {
    await expect(setUp({ algorithms })).rejects.toMatchObject({ code: 'config.access-invalid' });
  },
);
