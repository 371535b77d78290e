/** Logging in by OpenID Connect: to the provider, and back with a session. They stand outside the API, for browsers are led here. */
import { MillraceError } from '@millrace/contracts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Audit } from '../../audit/audit.ts';
import type { Actor } from '../actor.ts';
import { type GuardOptions, refuse } from '../guard-routes.ts';
import { createSessionCookie } from '../session-cookie.ts';
import { type RoleMap, roleOf, valuesOf } from './map-role.ts';
import { ownPath, type PendingLogins, pendingAgeSeconds } from './pending-logins.ts';
import type { Claims, Provider } from './provider.ts';

export interface LoginRouteOptions extends GuardOptions {
  readonly provider: Provider;
  readonly roleMap: RoleMap;
  readonly roleClaim: string;
  readonly nameClaim: string;
  readonly isSecure: boolean;
  readonly pending: PendingLogins;
  readonly audit: Audit;
}

/** Rejects with `operations.role-missing` for whom no value of the claim gives a role. */
const actorOf = (claims: Claims, { roleMap, roleClaim, nameClaim }: LoginRouteOptions): Actor => {
  const given = claims[nameClaim];
  const name = typeof given === 'string' && given !== '' ? given.slice(0, 200) : claims.sub;
  const role = roleOf(valuesOf(claims, roleClaim), roleMap);
  if (role !== undefined) return { name, role, way: 'oidc', untilMs: null };
  throw new MillraceError('operations.role-missing', `No role here is for what ${name} has.`);
};

export const registerLoginRoutes = (server: FastifyInstance, options: LoginRouteOptions): void => {
  const { provider, sessions, cookie, audit, metrics, nowMs, isSecure, pending } = options;
  // Lax: the person comes back by a link of another site.
  const begun = createSessionCookie('millrace_login', { isSecure, sameSite: 'Lax' });

  /** The console says it, in the words of the code. */
  const fail = (request: FastifyRequest, reply: FastifyReply, error: unknown) => {
    if (!(error instanceof MillraceError)) throw error;
    refuse(request, error, undefined, options);
    return reply.redirect(`/login?problem=${error.code}`);
  };

  server.get<{ Querystring: { to?: unknown } }>('/auth/login', async (request, reply) => {
    try {
      const { url, attempt } = await provider.begin();
      const word = pending.begin({ attempt, to: ownPath(request.query.to) }, nowMs());
      void reply.header('set-cookie', begun.set(word, pendingAgeSeconds));
      return reply.redirect(url.href);
    } catch (error) {
      return fail(request, reply, error);
    }
  });

  server.get<{ Querystring: { state?: unknown } }>('/auth/callback', async (request, reply) => {
    try {
      const word = begun.read(request.headers.cookie) ?? '';
      const login = pending.take(String(request.query.state), word, nowMs());
      if (login === undefined)
        throw new MillraceError('operations.login-failed', 'This login was not begun here.');
      const query = request.url.slice(request.url.indexOf('?') + 1);
      const actor = actorOf(await provider.finish(query, login.attempt), options);
      await audit.record(
        { actor, ip: request.ip },
        { action: 'log in', subject: 'oidc', outcome: 'done' },
      );
      const session = sessions.begin({ actor }, nowMs());
      metrics.sessions.set(sessions.size);
      const ageSeconds = Math.ceil((session.untilMs - nowMs()) / 1000);
      void reply.header('set-cookie', [cookie.set(session.word, ageSeconds), begun.clear()]);
      return reply.redirect(login.to);
    } catch (error) {
      return fail(request, reply, error);
    }
  });
};
