import { execFile } from 'node:child_process';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { hashKeyToken, mintKeyToken } from '@millrace/contracts';
import {
  createEventProject,
  type EventProject,
  type ServiceProcess,
  stackUnderTest,
  startService,
} from '@millrace/testkit';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';

/** One door that asks for keys; each test comes from an address of its own, as from behind a proxy. */
let fixture: EventProject;
let door: ServiceProcess;
let folder: string;
let provider: Server;
let signer: Awaited<ReturnType<typeof generateKeyPair>>;
const fileToken = mintKeyToken('fromfile');
/** Everything that must never be seen in a log. */
const secrets: string[] = [fileToken.slice(-43)];
/** In the events' own fields. */
const eventWord = 'correcthorsebatterystaple';

const keysFile = (token: string) => `keys:
  - id: fromfile
    name: gitops
    scopes: ['*']
    secrets: [{ sha256: ${hashKeyToken(token).toString('hex')} }]
`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-access-'));
  await writeFile(join(folder, 'keys.yaml'), keysFile(fileToken));
  signer = await generateKeyPair('ES256');
  const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(signer.publicKey)), kid: '1' }] });
  provider = createServer((_request, response) => response.end(jwks));
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
  fixture = await createEventProject(stackUnderTest());
  door = await startService('ingest', {
    ...fixture.env,
    MILLRACE_INGEST_DRAIN: '50ms',
    MILLRACE_INGEST_AUTH: 'required',
    MILLRACE_INGEST_KEYS_FILE: join(folder, 'keys.yaml'),
    MILLRACE_INGEST_KEY_USES: '1s',
    MILLRACE_INGEST_JWT_JWKS_URL: `http://127.0.0.1:${(provider.address() as AddressInfo).port}/`,
    MILLRACE_INGEST_JWT_ISSUER: 'https://id.example',
    MILLRACE_INGEST_JWT_AUDIENCE: 'millrace',
    MILLRACE_INGEST_JWT_ALGORITHMS: 'ES256',
    MILLRACE_INGEST_KEY_RATE: '5',
    MILLRACE_INGEST_REFUSALS_PER_MINUTE: '30',
    MILLRACE_INGEST_TRUSTED_PROXIES: '127.0.0.1',
  });
  await door.ready();
});
afterAll(async () => {
  await door?.stop();
  provider?.close();
  await fixture?.remove();
  await rm(folder, { recursive: true });
});

const bin = fileURLToPath(new URL('../../../packages/cli/bin/millrace.mjs', import.meta.url));
const keys = async (...args: string[]) => {
  const env = { ...process.env, ...fixture.env };
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [bin, 'ingest', 'keys', ...args, '--json'],
    { env },
  );
  const made = JSON.parse(stdout) as { id: string; token: string };
  if (made.token !== undefined) secrets.push(made.token.slice(-43));
  return made;
};
const show = async (id: string) => {
  const { keys: all } = (await keys('list')) as unknown as { keys: { id: string }[] };
  return all.find((key) => key.id === id);
};

let count = 0;
const order = () => {
  count += 1;
  return { order_id: `order-${count}`, amount: 1, placed_at: 0, note: eventWord };
};

const post = async (
  headers: Record<string, string>,
  { path = fixture.orders, body = order() as unknown, from = '198.51.100.1' } = {},
) => {
  const response = await fetch(door.url + path, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', 'x-forwarded-for': from, ...headers },
  });
  // biome-ignore lint/suspicious/noExplicitAny: answers of many shapes, each asserted by its test.
  const answer = (await response.json()) as any;
  return { status: response.status, headers: response.headers, ...answer };
};
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

test('a key that is made, rotated or revoked holds without a restart', async () => {
  const { id, token } = await keys('create', 'shop', '--scope', `${fixture.domain}.*`);
  await expect.poll(async () => (await post(bearer(token))).status).toBe(202);
  expect((await post({ 'x-api-key': token })).status).toBe(202);

  const rotated = await keys('rotate', id, '--overlap', '1h');
  await expect.poll(async () => (await post(bearer(rotated.token))).status).toBe(202);
  expect((await post(bearer(token))).status).toBe(202);
  await keys('rotate', id, '--overlap', '0s');
  await expect.poll(async () => (await post(bearer(token))).status).toBe(401);

  await expect.poll(() => show(id)).toMatchObject({ lastUsedAt: expect.any(String) });
  const last = await keys('rotate', id);
  await expect.poll(async () => (await post(bearer(last.token))).status).toBe(202);
  await keys('revoke', id);
  await expect
    .poll(() => post(bearer(last.token)))
    .toMatchObject({ status: 401, code: 'ingest.credential-expired' });
  expect(await show(id)).toMatchObject({ state: 'revoked' });
});

test('without a key, with a wrong one or beyond its scopes nothing is taken, and the answer says why', async () => {
  const { token } = await keys('create', 'orders only', '--scope', `${fixture.domain}.orders`);
  await expect.poll(async () => (await post(bearer(token))).status).toBe(202);
  const before = (await fixture.ids('orders')).length;
  const from = '198.51.100.2';
  const nothing = await post({}, { from });
  expect(nothing).toMatchObject({ status: 401, code: 'ingest.credential-missing' });
  expect(nothing.headers.get('www-authenticate')).toBe('Bearer realm="millrace"');
  const wrong = await post(bearer(`${token.slice(0, -1)}!`), { from });
  expect(wrong).toMatchObject({ status: 401, code: 'ingest.credential-invalid' });
  expect(wrong.headers.get('www-authenticate')).toContain('invalid_token');
  expect(await post({}, { path: `${fixture.orders}?key=${token}`, from })).toMatchObject({
    status: 401,
    code: 'ingest.key-in-url',
  });
  const beyond = await post(bearer(token), { path: fixture.readings, body: {}, from });
  expect(beyond).toMatchObject({ status: 403, code: 'ingest.scope-missing' });
  expect(beyond.detail).toContain(`${fixture.domain}.readings`);
  // Whether a stream exists is not told to whoever may not send to it.
  const made = await post(bearer(token), { path: '/v1/events/made/up', body: {}, from });
  expect(made).toMatchObject({ status: 403 });
  expect((await fixture.ids('orders')).length).toBe(before);
  const response = await fetch(`${door.url}/v1/streams`, { headers: bearer(token) });
  expect(await response.json()).toMatchObject({ streams: [{ path: fixture.orders }] });
  expect((await fetch(`${door.url}/v1/streams`)).status).toBe(401);
});

test('a browser’s key works from its pages, in the URL, too, and from nowhere else', async () => {
  const { token } = await keys(
    'create',
    'page',
    '--scope',
    '*',
    '--origin',
    'https://shop.example',
  );
  const path = `${fixture.orders}?key=${token}`;
  const send = (origin: string) => post({ origin }, { path, from: '198.51.100.3' });
  await expect.poll(async () => (await send('https://shop.example')).status).toBe(202);
  expect(await send('https://evil.example')).toMatchObject({
    status: 403,
    code: 'ingest.origin-forbidden',
  });
});

test('keys of the file are read again when it changes', async () => {
  expect((await post(bearer(fileToken))).status).toBe(202);
  const next = mintKeyToken('fromfile');
  secrets.push(next.slice(-43));
  await writeFile(join(folder, 'next'), keysFile(next));
  await rename(join(folder, 'next'), join(folder, 'keys.yaml'));
  await expect.poll(async () => (await post(bearer(next))).status).toBe(202);
  expect((await post(bearer(fileToken), { from: '198.51.100.4' })).status).toBe(401);
});

test('a token of the identity provider opens what its claim says', async () => {
  const sign = (scope: string) =>
    new SignJWT({ scope })
      .setProtectedHeader({ alg: 'ES256', kid: '1' })
      .setIssuer('https://id.example')
      .setAudience('millrace')
      .setSubject('loader')
      .setExpirationTime('1h')
      .sign(signer.privateKey);
  const good = await sign(`ingest:${fixture.domain}.orders`);
  secrets.push(good.split('.')[2]!);
  expect((await post(bearer(good))).status).toBe(202);
  const from = '198.51.100.5';
  expect((await post(bearer(await sign('orders:read')), { from })).status).toBe(403);
  const forged = `${good.slice(0, good.lastIndexOf('.'))}.${'A'.repeat(86)}`;
  expect(await post(bearer(forged), { from })).toMatchObject({ code: 'ingest.credential-invalid' });
});

test('a sender beyond its rate is told when to come back, and then gets in', async () => {
  const { token } = await keys(
    'create',
    'slow',
    '--scope',
    '*',
    '--requests',
    '2',
    '--events',
    '100',
  );
  await expect.poll(async () => (await post(bearer(token))).status).toBe(202);
  const answers = await Promise.all(Array.from({ length: 20 }, () => post(bearer(token))));
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused[0]).toMatchObject({ code: 'ingest.rate-exceeded' });
  expect(refused[0]!.headers.get('ratelimit-policy')).toBe(
    '"requests";q=4;w=2, "events";q=200;w=2;qu="events"',
  );
  expect(refused[0]!.headers.get('ratelimit')).toMatch(
    /^"requests";r=0;t=\d, "events";r=\d+;t=\d$/,
  );
  expect(Number(refused[0]!.headers.get('retry-after'))).toBe(1);
  await expect.poll(async () => (await post(bearer(token))).status).toBe(202);
  // A batch above the burst is taken, and its debt is paid before the next; of as many it takes nine seconds.
  await expect
    .poll(
      async () =>
        (await post(bearer(token), { body: Array.from({ length: 1_000 }, order) })).status,
    )
    .toBe(202);
  const indebted = await post(bearer(token));
  expect(indebted).toMatchObject({ status: 429, detail: expect.stringContaining('events') });
});

test('events of a hot key are refused by themselves, those of others beside them are taken', async () => {
  const { token } = await keys('create', 'hot', '--scope', '*');
  await expect.poll(async () => (await post(bearer(token))).status).toBe(202);
  const sensors = [...Array.from({ length: 20 }, () => 'hot'), 'cold', 'cool'];
  const answer = await post(bearer(token), {
    path: fixture.readings,
    body: sensors.map((sensor) => ({ sensor, value: 1 })),
  });
  expect(answer).toMatchObject({ status: 207, accepted: 7, rejected: 15 });
  expect(answer.results.slice(5, 20)).toEqual(
    Array.from({ length: 15 }, () =>
      expect.objectContaining({ status: 'rejected', code: 'ingest.key-rate-exceeded' }),
    ),
  );
  expect(answer.results.slice(20)).toMatchObject([{ status: 'accepted' }, { status: 'accepted' }]);
  const alone = await post(bearer(token), {
    path: fixture.readings,
    body: sensors.slice(0, 20).map((sensor) => ({ sensor, value: 1 })),
  });
  // Some of it may pass when the second has turned; what is refused says when to come back.
  expect([207, 429]).toContain(alone.status);
});

test('an address that guesses is held off, its valid keys are not, and other addresses notice nothing', async () => {
  const { token } = await keys('create', 'neighbour', '--scope', '*');
  await expect.poll(async () => (await post(bearer(token))).status).toBe(202);
  const from = '203.0.113.9';
  let guesses = 0;
  const guess = () => {
    guesses += 1;
    return post(bearer(mintKeyToken('guess')), { from });
  };
  let last = await guess();
  while (last.status === 401) last = await guess();
  expect(guesses).toBeGreaterThan(30);
  expect(last).toMatchObject({ status: 429, code: 'ingest.attempts-exceeded' });
  expect(Number(last.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  expect((await post(bearer(token), { from })).status).toBe(202);
  expect((await post({}, { from: '203.0.113.10' })).status).toBe(401);
});

test('refusals are audited with key, stream, reason and network, and no line holds a secret, an event or an address', async () => {
  const lines = door.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  const audited = lines.filter(({ audit }) => audit === 'refused');
  expect(audited).toContainEqual(
    expect.objectContaining({
      code: 'ingest.scope-missing',
      keyId: expect.any(String),
      stream: `${fixture.domain}.readings`,
      from: '198.51.100.0/24',
    }),
  );
  expect(audited).toContainEqual(
    expect.objectContaining({ code: 'ingest.credential-invalid', from: '203.0.113.0/24' }),
  );
  expect(audited.length).toBeLessThan(40);
  const log = door.lines.join('\n');
  for (const secret of secrets) expect(log).not.toContain(secret);
  for (const word of [eventWord, 'mrk_', '198.51.100.1', '203.0.113.9'])
    expect(log).not.toContain(word);
  expect(
    await door.metric('millrace_ingest_refused_requests_total{code="ingest.credential-invalid"}'),
  ).toBeGreaterThan(30);
});
