/** A login at a real OpenID Connect provider, as a browser does it: redirects, forms and cookies. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger, systemClock } from '@millrace/pipeline';
import { createMetrics } from '@millrace/runtime';
import Fastify, { type FastifyInstance } from 'fastify';
// @ts-expect-error it brings no types, and those beside it bring a second HTTP framework's
import Provider from 'oidc-provider';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createAudit } from '../../audit/audit.ts';
import type { AuditStep } from '../../audit/audit-log.ts';
import { accessMetrics } from '../metrics.ts';
import { type AccessConfig, openAccess } from '../open-access.ts';

let provider: Server;
let door: Server;
let server: FastifyInstance;
let url: string;
let issuer: string;
const steps: AuditStep[] = [];
const refused: string[] = [];
const groups: Record<string, readonly string[]> = {
  ...{ ann: ['data', 'data-ops'], ben: ['strangers'] },
};

const listening = async (http: Server): Promise<string> => {
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
};

const configured = (oidcIssuer: string): AccessConfig => ({
  ...{ host: '127.0.0.1', open: 'no', tokensFile: undefined, tlsCert: undefined, sqlRole: null },
  ...{
    sessionAgeMs: 60_000,
    sessionKeysFile: undefined,
    oidcIssuer,
    oidcClientId: 'millrace',
    oidcClientSecret: 's'.repeat(32),
  },
  ...{
    oidcScopes: ['openid', 'email', 'groups'],
    oidcRoleClaim: 'groups',
    oidcNameClaim: 'email',
  },
  ...{ oidcRoles: ['data-ops=operator', 'data=viewer'], publicUrl: url },
});

const surroundings = () => {
  const log = {
    topic: 't',
    written: 0,
    write: async (step: AuditStep) => void steps.push(step),
    close: async () => undefined,
  };
  return {
    audit: createAudit({ log, clock: systemClock, logger: silentLogger }),
    refusals: { note: ({ code }: { code: string }) => refused.push(code), flush: () => undefined },
    metrics: accessMetrics(createMetrics('quality')),
    ...{ clock: systemClock, logger: silentLogger, signal: new AbortController().signal },
  };
};

beforeAll(async () => {
  provider = createServer((request, response) => handle(request, response));
  issuer = await listening(provider);
  server = Fastify();
  // It listens before it has routes: its address is in the provider's list of clients.
  door = createServer((request, response) => server.routing(request, response));
  url = await listening(door);
  const handle = new Provider(issuer, {
    clients: [
      {
        ...{ client_id: 'millrace', client_secret: 's'.repeat(32), response_types: ['code'] },
        ...{ redirect_uris: [`${url}/auth/callback`], grant_types: ['authorization_code'] },
      },
    ],
    ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 600, IdToken: 600 },
    ...{ cookies: { keys: ['k'] }, scopes: ['openid', 'email', 'groups'] },
    claims: { openid: ['sub'], email: ['email'], groups: ['groups'] },
    pkce: { required: () => true },
    findAccount: (_context: unknown, sub: string) => ({
      accountId: sub,
      claims: () => ({ sub, email: `${sub}@example.org`, groups: groups[sub] }),
    }),
  }).callback();
  const access = await openAccess(configured(issuer), surroundings());
  access.register(server);
  await server.register(async (api) => access.guard(api), { prefix: '/api/v1' });
  await server.ready();
});
afterAll(async () => {
  await server?.close();
  for (const one of [door, provider]) {
    one?.closeAllConnections();
    one?.close();
  }
});

/** Cookies by host and port, as far as these two servers need them; stops before it goes to such an address. */
const createBrowser = (stopsBefore?: string) => {
  const jars = new Map<string, Map<string, string>>();
  const seen: string[] = [];
  const go = async (
    address: string,
    form?: URLSearchParams,
  ): Promise<{ response: Response; at: string }> => {
    const { origin } = new URL(address);
    const jar = jars.get(origin) ?? new Map<string, string>();
    jars.set(origin, jar);
    const response = await fetch(address, {
      redirect: 'manual',
      headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form !== undefined && { method: 'POST', body: form }),
    });
    for (const line of response.headers.getSetCookie()) {
      seen.push(line);
      const [pair = ''] = line.split(';');
      const at = pair.indexOf('=');
      jar.set(pair.slice(0, at), pair.slice(at + 1));
    }
    const next = response.headers.get('location');
    if (next === null || response.status >= 400) return { response, at: address };
    await response.body?.cancel();
    const to = new URL(next, address).href;
    if (stopsBefore !== undefined && to.startsWith(stopsBefore)) return { response, at: to };
    return go(to);
  };
  return { go, jars, seen };
};
type Browser = ReturnType<typeof createBrowser>;

/** As far as the address that the provider sends the browser to; that is where it stops when `until` says so. */
const logIn = (browser: Browser, who: string, to = '/streams') =>
  logInFrom(browser, who, `${url}/auth/login?to=${encodeURIComponent(to)}`);
const logInFrom = async (browser: Browser, who: string, address: string) => {
  let { response, at } = await browser.go(address);
  for (const prompt of ['login', 'consent']) {
    const action = /action="([^"]+)"/.exec(await response.text())?.[1];
    expect(action).toBeDefined();
    const form = new URLSearchParams({ prompt, login: who, password: 'any' });
    ({ response, at } = await browser.go(new URL(action ?? '', at).href, form));
  }
  return at;
};
const session = async (browser: Browser) => {
  const { response } = await browser.go(`${url}/api/v1/session`);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

test('who the provider knows and a group gives a role gets in, back where they wanted to go', async () => {
  const browser = createBrowser();
  expect(await session(browser)).toMatchObject({ status: 401, body: { login: ['oidc'] } });
  expect(await logIn(browser, 'ann')).toBe(`${url}/streams`);
  expect(await session(browser)).toMatchObject({
    ...{ status: 200, body: { name: 'ann@example.org', role: 'operator', login: ['oidc'] } },
  });
  expect(steps).toMatchObject([{ by: 'ann@example.org', action: 'log in', subject: 'oidc' }]);
  const line = browser.seen.find((text) => text.startsWith('millrace_session='));
  expect(line).toMatch(/HttpOnly; SameSite=Strict$/);
});

test('who has no group that counts does not get in', async () => {
  const browser = createBrowser();
  expect(await logIn(browser, 'ben')).toBe(`${url}/login?problem=operations.role-missing`);
  expect(await session(browser)).toMatchObject({ status: 401 });
  expect(refused).toContain('operations.role-missing');
});

test('a way back that leads elsewhere leads to the start', async () => {
  for (const to of ['https://evil.example/', '//evil.example', '/\\evil.example'])
    expect(await logIn(createBrowser(), 'ann', to)).toBe(`${url}/`);
});

test('an answer is taken once, by the browser that began, and a made-up one by none', async () => {
  const [mine, theirs] = [createBrowser(`${url}/auth/callback`), createBrowser()];
  const failed = `${url}/login?problem=operations.login-failed`;
  // the provider has let ann in, and her browser has not gone back yet
  const answer = await logIn(mine, 'ann');
  expect(answer).toContain('/auth/callback?code=');
  await theirs.go(`${url}/auth/login`);
  expect((await theirs.go(answer)).at).toBe(failed);
  expect(await session(theirs)).toMatchObject({ status: 401 });
  expect((await mine.go(answer.replace(/state=[^&]+/, 'state=other'))).at).toBe(failed);
  expect((await mine.go(answer)).at).toBe(`${url}/streams`);
  expect(await session(mine)).toMatchObject({ status: 200 });
  expect((await mine.go(answer)).at).toBe(failed);
});

test('settings that do not go together, and http to elsewhere, are refused at the start', async () => {
  const open = (changed: object) =>
    openAccess({ ...configured(issuer), ...changed }, surroundings());
  for (const changed of [
    { oidcClientId: undefined },
    { publicUrl: undefined },
    { oidcIssuer: 'http://id.example' },
    { oidcRoles: ['ops=root'] },
  ])
    await expect(open(changed)).rejects.toMatchObject({ code: 'config.access-invalid' });
});

test('bound beyond this machine with nobody to ask, the service does not start, unless that is meant', async () => {
  const open = (changed: object) =>
    openAccess(
      { ...configured(issuer), oidcIssuer: undefined, host: '0.0.0.0', ...changed },
      surroundings(),
    );
  await expect(open({})).rejects.toMatchObject({ code: 'config.access-open' });
  await expect(open({ open: 'yes' })).resolves.toBeDefined();
  await expect(open({ host: '127.0.0.1' })).resolves.toBeDefined();
  await expect(open({ oidcIssuer: issuer })).resolves.toBeDefined();
});

test('while the provider is away logins end with its code, and the next one finds it again', async () => {
  const other = Fastify();
  const access = await openAccess(configured('http://127.0.0.1:9'), surroundings());
  access.register(other);
  const { headers } = await other.inject({ url: '/auth/login' });
  expect(headers['location']).toBe('/login?problem=operations.provider-unavailable');
});

test('with shared keys a login that was begun at one service is finished at another and holds at both, and not without the key', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-session-keys-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const serviceWith = async (...keys: readonly string[]) => {
    const sessionKeysFile = join(folder, `keys-${keys.join('').slice(0, 1)}-${keys.length}`);
    await writeFile(sessionKeysFile, keys.join('\n'));
    const access = await openAccess({ ...configured(issuer), sessionKeysFile }, surroundings());
    const service = Fastify();
    access.register(service);
    await service.register(async (api) => access.guard(api), { prefix: '/api/v1' });
    onTestFinished(() => service.close());
    return service;
  };
  const [key, fresh] = ['k'.repeat(40), 'f'.repeat(40)];
  const [one, other, rotated, stranger] = [
    await serviceWith(key),
    await serviceWith(key),
    await serviceWith(fresh, key),
    await serviceWith(fresh),
  ];
  const cookieOf = (answer: { headers: Record<string, unknown> }, name: string) =>
    [answer.headers['set-cookie']]
      .flat()
      .map((line) => String(line).split(';')[0]!)
      .find((pair) => pair.startsWith(`${name}=`))!;

  const begun = await one.inject({ url: '/auth/login?to=/lag' });
  const browser = createBrowser(`${url}/auth/callback`);
  const back = new URL(await logInFrom(browser, 'ann', String(begun.headers['location'])));
  const cookie = cookieOf(begun, 'millrace_login');
  const address = `${back.pathname}${back.search}`;
  const refusedThere = await stranger.inject({ url: address, headers: { cookie } });
  expect(refusedThere.headers['location']).toBe('/login?problem=operations.login-failed');
  const finished = await other.inject({ url: address, headers: { cookie } });
  expect(finished.headers['location']).toBe('/lag');

  const login = {
    url: '/api/v1/session',
    headers: { cookie: cookieOf(finished, 'millrace_session') },
  };
  for (const knowing of [one, other, rotated])
    expect((await knowing.inject(login)).json()).toMatchObject({ name: 'ann@example.org' });
  expect((await stranger.inject(login)).statusCode).toBe(401);
});
