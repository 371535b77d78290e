/** One hook before every route of the API: where from, who, and whether that one may. Refusals are told and counted here. */
import { MillraceError } from '@millrace/contracts';
import { clientOf } from '@millrace/runtime';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import type { RefusalAudit } from '../audit/refusal-audit.ts';
import { type Actor, covers, type RouteRole } from './actor.ts';
import { type AuthenticateOptions, authenticate } from './authenticate.ts';
import type { LoginLimit } from './login-limit.ts';
import type { AccessMetrics } from './metrics.ts';
import { isOwnHost, isSameOrigin, type OwnAddress } from './same-origin.ts';

export interface GuardOptions extends AuthenticateOptions {
  readonly own: OwnAddress;
  readonly limit: LoginLimit;
  readonly refusals: RefusalAudit;
  readonly metrics: AccessMetrics;
}

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

const methodsOf = ({ method }: RouteOptions): readonly string[] => [method].flat();

export interface RouteEntry {
  readonly method: string;
  /** From the root: `/api/v1/silences/:id`. */
  readonly path: string;
  readonly role: RouteRole;
}

/** Throws for a route that changes something and does not say who may: it would not have been thought of. */
const requireRole = (route: RouteOptions): void => {
  if (route.config?.role !== undefined) return;
  const changing = methodsOf(route).filter((method) => !safeMethods.has(method));
  if (changing.length > 0)
    throw new Error(
      `${changing.join(', ')} ${route.url} says no role: config: { role: 'operator' }`,
    );
};

/** Guards the routes that are registered on this instance from now on; `/routes` lists them. */
export const guardRoutes = (server: FastifyInstance, options: GuardOptions): void => {
  const routes: RouteEntry[] = [];
  server.decorateRequest('actor', undefined);
  server.addHook('onRoute', (route) => {
    requireRole(route);
    const role = route.config?.role ?? 'viewer';
    for (const method of methodsOf(route))
      if (method !== 'HEAD') routes.push({ method, path: route.url, role });
  });
  server.addHook('onRequest', async (request, reply) => {
    const found: { actor?: Actor } = {};
    const error = judge(request, reply, options, found);
    if (error === undefined) return;
    refuse(request, error, found.actor, options);
    throw error;
  });
  server.get('/routes', () => routes);
};

/** Counts and tells a refusal. That nobody is logged in is none. */
export const refuse = (
  request: FastifyRequest,
  error: MillraceError,
  actor: Pick<Actor, 'name' | 'role'> | undefined,
  { refusals, metrics }: Pick<GuardOptions, 'refusals' | 'metrics'>,
): void => {
  const { code } = error;
  metrics.refusals.inc({ code });
  if (code === 'operations.credential-missing') return;
  const action = `${request.method} ${request.routeOptions.url ?? 'unknown'}`;
  refusals.note({ code, actor, action, address: request.ip });
};

const judge = (
  request: FastifyRequest,
  reply: FastifyReply,
  options: GuardOptions,
  found: { actor?: Pick<Actor, 'name' | 'role'> },
): MillraceError | undefined => {
  const { own, limit, nowMs } = options;
  if (!isOwnHost(request.headers, own))
    return foreign(`Host ${request.headers.host} is not an address of this service.`);
  const wanted: RouteRole = request.routeOptions.config.role ?? 'viewer';
  const identity = authenticate(request, options);
  if (identity.kind === 'wrong') {
    const client = clientOf(request.ip);
    const waitSeconds = limit.waitSeconds(client, nowMs());
    limit.failed(client, nowMs());
    if (identity.name !== undefined) found.actor = { name: identity.name, role: 'viewer' };
    return waitSeconds > 0 ? tooMany(reply, waitSeconds) : identity.error;
  }
  request.actor = identity.kind === 'actor' ? identity.actor : undefined;
  const byCookie = identity.kind === 'actor' && !identity.isProgram && !options.isOpen;
  const mayBeForeign =
    safeMethods.has(request.method) || (identity.kind === 'actor' && identity.isProgram);
  if (request.actor !== undefined) found.actor = request.actor;
  if (!mayBeForeign && !isSameOrigin(request.headers, own, !byCookie))
    return foreign('The request comes from a page of another origin.');
  if (wanted === 'anyone') return undefined;
  if (request.actor === undefined)
    return new MillraceError('operations.credential-missing', 'Nobody is logged in.');
  if (covers(request.actor.role, wanted)) return undefined;
  const { name, role } = request.actor;
  return new MillraceError(
    'operations.role-missing',
    `${name} is ${role}; this is for the role ${wanted}.`,
  );
};

const foreign = (message: string): MillraceError =>
  new MillraceError('operations.origin-forbidden', message);

export const tooMany = (reply: FastifyReply, waitSeconds: number): MillraceError => {
  void reply.header('retry-after', String(waitSeconds));
  return new MillraceError(
    'operations.attempts-exceeded',
    `Wait ${waitSeconds} s before the next try.`,
  );
};
