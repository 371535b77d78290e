/** Who one is, logging in by a token, and logging out. Logging in by OIDC is oidc/. */
import { hashKeyToken, MillraceError } from '@millrace/contracts';
import type { LoginWay, Role, Session } from '@millrace/operations';
import { clientOf } from '@millrace/runtime';
import type { FastifyInstance } from 'fastify';
import type { Audit } from '../audit/audit.ts';
import { problemMediaType, problemOf } from '../http/problem.ts';
import { type GuardOptions, refuse, tooMany } from './guard-routes.ts';

export interface SessionRouteOptions extends GuardOptions {
  readonly ways: readonly LoginWay[];
  readonly sqlRole: Role | null;
  readonly audit: Audit;
}

export const registerSessionRoutes = (
  server: FastifyInstance,
  options: SessionRouteOptions,
): void => {
  const { tokens, sessions, cookie, limit, ways, sqlRole, audit, nowMs, metrics } = options;

  server.get('/session', { config: { role: 'anyone' } }, async ({ actor }, reply) => {
    if (actor === undefined) {
      const error = new MillraceError('operations.credential-missing', 'Nobody is logged in.');
      const problem = { ...problemOf(error), login: ways };
      return reply.status(problem.status).type(problemMediaType).send(JSON.stringify(problem));
    }
    const { name, role, untilMs } = actor;
    return { name, role, login: ways, untilMs, sqlRole } satisfies Session;
  });

  server.post('/session', { config: { role: 'anyone' } }, async (request, reply) => {
    const { token } = (request.body ?? {}) as { token?: unknown };
    if (!ways.includes('token') || typeof token !== 'string')
      throw new MillraceError('operations.request-invalid', 'Send { "token": "mrq_…" }.');
    const client = clientOf(request.ip);
    const waitSeconds = limit.waitSeconds(client, nowMs());
    const answer = tokens.check(token.trim(), nowMs());
    if (waitSeconds > 0 || !answer.ok) {
      limit.failed(client, nowMs());
      const error =
        waitSeconds > 0 || answer.ok
          ? tooMany(reply, waitSeconds)
          : new MillraceError(answer.code, answer.message);
      const name = answer.ok ? undefined : answer.name;
      refuse(request, error, name === undefined ? undefined : { name, role: 'viewer' }, options);
      throw error;
    }
    const { actor, id } = answer;
    await audit.record(
      { actor, ip: request.ip },
      { action: 'log in', subject: 'token', outcome: 'done' },
    );
    const sha256 = hashKeyToken(token.trim()).toString('hex');
    const { word, untilMs } = sessions.begin({ actor, token: { id, sha256 } }, nowMs());
    metrics.sessions.set(sessions.size);
    void reply.header('set-cookie', cookie.set(word, Math.ceil((untilMs - nowMs()) / 1000)));
    const { name, role } = actor;
    return { name, role, login: ways, untilMs, sqlRole } satisfies Session;
  });

  server.delete('/session', { config: { role: 'anyone' } }, async ({ headers }, reply) => {
    const word = cookie.read(headers.cookie);
    if (word !== undefined) sessions.end(word);
    metrics.sessions.set(sessions.size);
    return reply.status(204).header('set-cookie', cookie.clear()).send();
  });
};
