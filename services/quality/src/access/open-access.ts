/** Who may do what here, opened: from the settings to the guard of the routes. Throws when the service would be open by mistake. */
import { MillraceError } from '@millrace/contracts';
import type { LoginWay, Role } from '@millrace/operations';
import type { Clock, Logger } from '@millrace/pipeline';
import type { FastifyInstance } from 'fastify';
import type { Audit } from '../audit/audit.ts';
import type { RefusalAudit } from '../audit/refusal-audit.ts';
import { type GuardOptions, guardRoutes } from './guard-routes.ts';
import { createLoginLimit } from './login-limit.ts';
import type { AccessMetrics } from './metrics.ts';
import { type OidcConfig, openOidc } from './oidc/open-oidc.ts';
import { createPendingLogins, createSealedPendingLogins } from './oidc/pending-logins.ts';
import { isLoopback, ownAddress } from './same-origin.ts';
import { createSealer, followKeysFile } from './seal.ts';
import { createSessionCookie } from './session-cookie.ts';
import { registerSessionRoutes } from './session-routes.ts';
import { createSealedSessions, createSessions } from './sessions.ts';
import { createTokenRing, followTokensFile } from './token-ring.ts';

export interface Access {
  /** Guards the API's routes, which are registered behind this, and adds its own. */
  guard(api: FastifyInstance): void;
  /** Routes outside the API, for logins by OIDC; none without. */
  register(server: FastifyInstance): void;
}

export interface AccessConfig extends OidcConfig {
  readonly host: string;
  readonly open: 'no' | 'yes';
  readonly tokensFile: string | undefined;
  readonly sessionAgeMs: number;
  readonly sessionKeysFile: string | undefined;
  readonly tlsCert: string | undefined;
  readonly sqlRole: Role | null;
}

export interface AccessSurroundings {
  readonly audit: Audit;
  readonly refusals: RefusalAudit;
  readonly metrics: AccessMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Rejects with `config.access-open`, and with `config.access-invalid` for a file of tokens that cannot be used. */
export const openAccess = async (
  config: AccessConfig,
  surroundings: AccessSurroundings,
): Promise<Access> => {
  const { clock } = surroundings;
  const registerLogin = await openOidc(config);
  const ways: LoginWay[] = [
    ...(config.tokensFile === undefined ? [] : (['token'] as const)),
    ...(registerLogin === undefined ? [] : (['oidc'] as const)),
  ];
  const isOpen = ways.length === 0;
  if (isOpen && !isLoopback(config.host) && config.open === 'no')
    throw new MillraceError(
      'config.access-open',
      `MILLRACE_QUALITY_HOST=${config.host} lets others than this machine in, and nobody would have to say who they are.`,
    );
  if (isOpen) ways.push('open');
  const tokens = createTokenRing();
  if (config.tokensFile !== undefined)
    await followTokensFile(config.tokensFile, tokens, surroundings);
  const sealer = createSealer();
  const isSealed = config.sessionKeysFile !== undefined;
  if (config.sessionKeysFile !== undefined)
    await followKeysFile(config.sessionKeysFile, sealer, surroundings);
  const isSecure =
    config.publicUrl === undefined
      ? config.tlsCert !== undefined
      : config.publicUrl.startsWith('https:');
  const options: GuardOptions = {
    ...{ isOpen, tokens, nowMs: clock.nowMs, limit: createLoginLimit(), ...surroundings },
    sessions: isSealed
      ? createSealedSessions(config.sessionAgeMs, sealer)
      : createSessions(config.sessionAgeMs),
    cookie: createSessionCookie('millrace_session', { isSecure, sameSite: 'Strict' }),
    own: ownAddress(config, isOpen),
  };
  return {
    guard: (api) => {
      guardRoutes(api, options);
      const { audit } = surroundings;
      registerSessionRoutes(api, { ...options, ways, sqlRole: config.sqlRole, audit });
    },
    register: (server) =>
      registerLogin?.(server, {
        ...{ ...options, isSecure, audit: surroundings.audit },
        pending: isSealed ? createSealedPendingLogins(sealer) : createPendingLogins(),
      }),
  };
};
