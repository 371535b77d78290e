/**
 * Who may do what, at a real service: every route with every role, tokens that are wrong or over, the cookie and pages of
 * other origins, and the audit, which a killed service leaves whole.
 */
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashKeyToken, mintOperationsToken } from '@millrace/contracts';
import type { AuditPage, Session } from '@millrace/operations';
import {
  createFlightsWorld,
  type FaultProxy,
  type FlightsWorld,
  type ServiceProcess,
  stackUnderTest,
  startFaultProxy,
  startService,
  uniqueName,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

let world: FlightsWorld;
let quality: ServiceProcess;
let folder: string;
let kafka: FaultProxy;
let env: Record<string, string>;

/** The audit's topic is one for all services of the stack. */
const run = uniqueName('q');
const roles = ['viewer', 'operator', 'admin'] as const;
const tokens = Object.fromEntries(
  [...roles, 'ended', 'gone'].map((name) => [name, mintOperationsToken(`${name}1`)]),
) as Record<(typeof roles)[number] | 'ended' | 'gone', string>;
const line = (name: keyof typeof tokens, role: string, more = '') =>
  `  - { id: ${name}1, name: ${run}.${name}, role: ${role}, sha256: ${hashKeyToken(tokens[name]).toString('hex')}${more} }\n`;
const linesOfAll =
  roles.map((role) => line(role, role)).join('') +
  line('ended', 'admin', ', notAfter: 2026-01-01T00:00:00Z');
const writeTokens = async (lines: string) => {
  await writeFile(join(folder, 'new'), `tokens:\n${lines}`);
  await rename(join(folder, 'new'), join(folder, 'tokens.yaml'));
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-tokens-'));
  await writeTokens(linesOfAll + line('gone', 'viewer'));
  const [target = ''] = stackUnderTest().kafkaBrokers.split(',');
  kafka = await startFaultProxy({ target, rewriteAdvertisedPort: true });
  world = await createFlightsWorld(stackUnderTest(), { partitions: 1 });
  env = { ...world.env, MILLRACE_QUALITY_TOKENS_FILE: join(folder, 'tokens.yaml') };
  env['MILLRACE_QUALITY_TRUSTED_PROXIES'] = '127.0.0.1';
  env['MILLRACE_KAFKA_BROKERS'] = kafka.address;
  env['MILLRACE_QUALITY_AUDIT_TIMEOUT'] = '2s';
  quality = await startService('quality', env);
  await quality.ready();
});
afterAll(async () => {
  await quality?.stop();
  await kafka?.close();
  await world?.drop();
  await rm(folder, { recursive: true });
});

interface Asked {
  readonly status: number;
  readonly code?: string;
  readonly body: unknown;
  readonly headers: Headers;
}

let addresses = 0;
/** From a client of its own, as from behind a proxy, unless it says which. */
const ask = async (
  path: string,
  init: { method?: string; headers?: Record<string, string>; body?: unknown } = {},
): Promise<Asked> => {
  addresses += 1;
  const response = await fetch(`${quality.url}/api/v1${path}`, {
    ...(init.method !== undefined && { method: init.method }),
    headers: {
      'x-forwarded-for': `198.51.${Math.floor(addresses / 250)}.${addresses % 250}`,
      ...(init.body !== undefined && { 'content-type': 'application/json' }),
      ...init.headers,
    },
    ...(init.body !== undefined && { body: JSON.stringify(init.body) }),
  });
  const text = await response.text();
  const body = text === '' ? undefined : (JSON.parse(text) as { code?: string });
  return {
    ...{ status: response.status, body, headers: response.headers },
    ...(body?.code !== undefined && { code: body.code }),
  };
};
const withToken = (token: string) => ({ authorization: `Bearer ${token}` });
let adminLogins = 0;
const logIn = async (token: string): Promise<string> => {
  if (token === tokens.admin) adminLogins += 1;
  const { headers, status } = await ask('/session', { method: 'POST', body: { token } });
  expect(status).toBe(200);
  return (headers.get('set-cookie') ?? '').split(';')[0]!;
};

test('nobody gets an answer without a token, with a wrong one, or with one that has ended', async () => {
  expect(await ask('/audit')).toMatchObject({ status: 401, code: 'operations.credential-missing' });
  for (const wrong of [mintOperationsToken('viewer1'), 'x', `${tokens.admin}x`])
    expect(await ask('/audit', { headers: withToken(wrong) })).toMatchObject({
      ...{ status: 401, code: 'operations.credential-invalid' },
    });
  expect(await ask('/audit', { headers: withToken(tokens.ended) })).toMatchObject({
    ...{ status: 401, code: 'operations.credential-expired' },
  });
  expect(await ask('/session')).toMatchObject({ status: 401, body: { login: ['token'] } });
});

test('a login is a cookie that scripts do not see and other sites do not send, and ends', async () => {
  const { headers, body } = await ask('/session', {
    ...{ method: 'POST', body: { token: tokens.operator } },
  });
  expect(body).toMatchObject({
    name: `${run}.operator`,
    role: 'operator',
  } satisfies Partial<Session>);
  const cookie = headers.get('set-cookie') ?? '';
  expect(cookie).toMatch(
    /^millrace_session=[\w-]{43}; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Strict$/,
  );
  expect(cookie).not.toContain(tokens.operator);
  const [pair = ''] = cookie.split(';');
  expect(await ask('/session', { headers: { cookie: pair } })).toMatchObject({ status: 200 });
  await ask('/session', { method: 'DELETE', headers: { cookie: pair, origin: quality.url } });
  expect(await ask('/session', { headers: { cookie: pair } })).toMatchObject({ status: 401 });
});

test('what changes something by a cookie comes from a page of the service, or not at all', async () => {
  const cookie = await logIn(tokens.admin);
  const end = (headers: Record<string, string>) =>
    ask('/session', { method: 'DELETE', headers: { cookie, ...headers } });
  for (const foreign of [
    {},
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' },
  ])
    expect(await end(foreign)).toMatchObject({ status: 403, code: 'operations.origin-forbidden' });
  expect(await ask('/session', { headers: { cookie } })).toMatchObject({ status: 200 });
  expect(await end({ origin: quality.url })).toMatchObject({ status: 204 });
});

test('failed logins of one client are slowed down, those of others are not', async () => {
  const from = { 'x-forwarded-for': '203.0.113.9' };
  const attempt = (token: string, headers: Record<string, string>) =>
    ask('/session', { method: 'POST', body: { token }, headers });
  const codes = [];
  for (let time = 0; time < 15; time += 1)
    codes.push((await attempt(mintOperationsToken('viewer1'), from)).code);
  expect(codes[0]).toBe('operations.credential-invalid');
  expect(codes.at(-1)).toBe('operations.attempts-exceeded');
  const refused = await attempt(tokens.viewer, from);
  expect(refused).toMatchObject({ status: 429 });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await attempt(tokens.viewer, {})).toMatchObject({ status: 200 });
  expect(
    await ask('/session', { headers: { ...withToken(tokens.viewer), ...from } }),
  ).toMatchObject({
    status: 200,
  });
});

test('who is taken out of the file is out, the cookie with the token; a bad file changes nothing', async () => {
  const cookie = await logIn(tokens.gone);
  await writeTokens('  - nonsense\n');
  await expect
    .poll(() => quality.lines.some((text) => text.includes('the tokens before it hold on')))
    .toBe(true);
  expect(await ask('/session', { headers: { cookie } })).toMatchObject({ status: 200 });
  await writeTokens(linesOfAll);
  await expect.poll(async () => (await ask('/session', { headers: { cookie } })).status).toBe(401);
  expect(await ask('/session', { headers: withToken(tokens.gone) })).toMatchObject({ status: 401 });
  expect(await ask('/session', { headers: withToken(tokens.viewer) })).toMatchObject({
    status: 200,
  });
});

test('every route of the service refuses whoever is not somebody, and whoever is too little', async () => {
  const { body } = await ask('/routes', { headers: withToken(tokens.viewer) });
  const routes = body as { method: string; path: string; role: string }[];
  expect(routes.length).toBeGreaterThan(10);
  const passed: string[] = [];
  for (const { method, path, role } of routes) {
    const url = path.slice('/api/v1'.length).replace(/:\w+|\*/g, 'x');
    const body_ = method === 'GET' ? {} : { body: {} };
    const below = roles.slice(0, Math.max(0, roles.indexOf(role as (typeof roles)[number])));
    if (role !== 'anyone' && (await ask(url, { method, ...body_ })).status !== 401)
      passed.push(`nobody ${method} ${path}`);
    for (const lower of below) {
      const headers = withToken(tokens[lower]);
      const { code } = await ask(url, { method, headers, ...body_ });
      if (code !== 'operations.role-missing') passed.push(`${lower} ${method} ${path}`);
    }
  }
  expect(passed).toEqual([]);
  expect(routes).toContainEqual({ method: 'GET', path: '/api/v1/audit', role: 'operator' });
  const open = routes.filter(({ role }) => role === 'anyone').map(({ path }) => path);
  expect(new Set(open)).toEqual(new Set(['/api/v1/session']));
});

test('each role may what the roles below it may, and what was refused stands in the audit', async () => {
  const statuses = [];
  for (const role of roles)
    statuses.push((await ask('/audit', { headers: withToken(tokens[role]) })).status);
  expect(statuses).toEqual([403, 200, 200]);
  await expect
    .poll(async () => {
      const { body } = await ask(`/audit?outcome=refused&by=${run}.viewer`, {
        headers: withToken(tokens.admin),
      });
      return (body as AuditPage).entries;
    })
    .toContainEqual(
      expect.objectContaining({
        ...{ by: `${run}.viewer`, action: 'GET /api/v1/audit', subject: 'operations.role-missing' },
      }),
    );
});

test('while Kafka is away nothing is done that could not be written down, and afterwards it is', async () => {
  const attempt = () => ask('/session', { method: 'POST', body: { token: tokens.operator } });
  kafka.cut();
  const refused = await attempt();
  expect(refused).toMatchObject({ status: 503, code: 'operations.audit-unavailable' });
  expect(refused.headers.get('set-cookie')).toBeNull();
  kafka.restore();
  await expect.poll(async () => (await attempt()).status).toBe(200);
});

test('what was done before the service was killed is in the audit that the next one answers, once', async () => {
  await logIn(tokens.admin);
  quality.kill('SIGKILL');
  await quality.exited;
  quality = await startService('quality', env);
  await quality.ready();
  await expect
    .poll(async () => {
      const { body } = await ask(`/audit?by=${run}.admin&action=log%20in`, {
        headers: withToken(tokens.admin),
      });
      return (body as AuditPage).entries.length;
    })
    .toBe(adminLogins);
});

test('no token and no cookie is in a log line', () => {
  const text = quality.lines.join('\n');
  for (const token of Object.values(tokens)) expect(text).not.toContain(token.slice(-43));
});
