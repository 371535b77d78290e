import { hashKeyToken, mintOperationsToken } from '@millrace/contracts';
import { type Role, roles } from '@millrace/operations';
import { createMetrics } from '@millrace/runtime';
import Fastify from 'fastify';
import { expect, test } from 'vitest';
import type { Refused } from '../audit/refusal-audit.ts';
import type { RouteRole } from './actor.ts';
import { guardRoutes } from './guard-routes.ts';
import { createLoginLimit } from './login-limit.ts';
import { accessMetrics } from './metrics.ts';
import { createSessionCookie } from './session-cookie.ts';
import { createSessions } from './sessions.ts';
import { createTokenRing } from './token-ring.ts';

const tokens = Object.fromEntries(
  roles.map((role) => [role, mintOperationsToken(`${role}1`)]),
) as Record<Role, string>;

const setUp = (isOpen = false) => {
  const ring = createTokenRing();
  ring.setTokens(
    roles.map((role) => ({
      ...{ id: `${role}1`, name: role, role },
      sha256: hashKeyToken(tokens[role]).toString('hex'),
    })),
  );
  const refused: Refused[] = [];
  const server = Fastify();
  guardRoutes(server, {
    ...{ isOpen, tokens: ring, sessions: createSessions(1000), nowMs: () => 0 },
    cookie: createSessionCookie('s', { isSecure: true, sameSite: 'Strict' }),
    own: { publicUrl: undefined, checksHost: isOpen },
    limit: createLoginLimit(),
    refusals: { note: (one) => refused.push(one), flush: () => undefined },
    metrics: accessMetrics(createMetrics('quality')),
  });
  return { server, refused };
};

test('a route that changes something and says no role is a mistake that shows at the start', () => {
  const { server } = setUp();
  server.get('/seen', () => 'x');
  expect(() => server.post('/changed', () => 'x')).toThrow('POST /changed says no role');
  expect(() => server.route({ method: ['GET', 'DELETE'], url: '/x', handler: () => 'x' })).toThrow(
    'DELETE /x says no role',
  );
});

test('of roles and routes exactly those go together that should', async () => {
  const { server } = setUp();
  const wanted: readonly RouteRole[] = ['anyone', ...roles];
  for (const role of wanted) server.post(`/${role}`, { config: { role } }, () => 'done');
  server.get('/plain', () => 'seen');
  const statuses: Record<string, number[]> = {};
  for (const who of [undefined, ...roles]) {
    const authorization = who === undefined ? undefined : `Bearer ${tokens[who]}`;
    const headers = authorization === undefined ? {} : { authorization };
    const ask = async (method: 'GET' | 'POST', url: string) =>
      (await server.inject({ method, url, headers })).statusCode;
    statuses[who ?? 'nobody'] = [];
    for (const role of wanted) statuses[who ?? 'nobody']?.push(await ask('POST', `/${role}`));
    statuses[who ?? 'nobody']?.push(await ask('GET', '/plain'));
  }
  // refusals are errors that the server's handler turns into 401 and 403; here they are 500
  expect(statuses).toEqual({
    nobody: [200, 500, 500, 500, 500],
    viewer: [200, 200, 500, 500, 200],
    operator: [200, 200, 200, 500, 200],
    admin: [200, 200, 200, 200, 200],
  });
});

test('an open service on one’s own machine serves no page of another site', async () => {
  const { server, refused } = setUp(true);
  server.post('/act', { config: { role: 'admin' } }, () => 'done');
  server.get('/see', () => 'seen');
  const ask = async (method: 'GET' | 'POST', url: string, headers: Record<string, string>) =>
    (await server.inject({ method, url, headers })).statusCode;
  const host = 'localhost:8090';
  expect(await ask('POST', '/act', { host })).toBe(200);
  expect(await ask('POST', '/act', { host, origin: 'http://localhost:8090' })).toBe(200);
  expect(await ask('POST', '/act', { host, origin: 'http://localhost:3000' })).toBe(500);
  expect(await ask('POST', '/act', { host, 'sec-fetch-site': 'cross-site' })).toBe(500);
  // its name was bound to 127.0.0.1 after the page was loaded
  expect(await ask('GET', '/see', { host: 'evil.example:8090' })).toBe(500);
  expect(await ask('GET', '/see', { host })).toBe(200);
  expect(new Set(refused.map(({ code }) => code))).toEqual(
    new Set(['operations.origin-forbidden']),
  );
});
