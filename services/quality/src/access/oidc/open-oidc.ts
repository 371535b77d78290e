/** Logins by OpenID Connect out of the settings; undefined where they are not set. */
import { MillraceError } from '@millrace/contracts';
import type { FastifyInstance } from 'fastify';
import type { LoginRouteOptions } from './login-routes.ts';
import { parseRoleMap } from './map-role.ts';

export interface OidcConfig {
  readonly oidcIssuer: string | undefined;
  readonly oidcClientId: string | undefined;
  readonly oidcClientSecret: string | undefined;
  readonly oidcScopes: readonly string[];
  readonly oidcRoleClaim: string;
  readonly oidcRoles: readonly string[];
  readonly oidcNameClaim: string;
  readonly publicUrl: string | undefined;
}

export type RegisterLogin = (
  server: FastifyInstance,
  options: Omit<LoginRouteOptions, 'provider' | 'roleMap' | 'roleClaim' | 'nameClaim'>,
) => void;

const loopback = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Rejects with `config.access-invalid` for settings that do not go together. */
export const openOidc = async (config: OidcConfig): Promise<RegisterLogin | undefined> => {
  const { oidcIssuer: issuer, oidcClientId: clientId, publicUrl } = config;
  if (issuer === undefined) return undefined;
  const { protocol, hostname } = new URL(issuer);
  if (protocol === 'http:' && !loopback.has(hostname))
    throw wrong(`MILLRACE_QUALITY_OIDC_ISSUER=${issuer} must be https.`);
  if (clientId === undefined || publicUrl === undefined)
    throw wrong(
      'MILLRACE_QUALITY_OIDC_ISSUER needs MILLRACE_QUALITY_OIDC_CLIENT_ID and MILLRACE_QUALITY_PUBLIC_URL.',
    );
  const roleMap = parseRoleMap(config.oidcRoles);
  // Loaded only where it is used.
  const [{ createProvider }, { registerLoginRoutes }] = await Promise.all([
    import('./provider.ts'),
    import('./login-routes.ts'),
  ]);
  const provider = createProvider({
    ...{ issuer, clientId, clientSecret: config.oidcClientSecret, scopes: config.oidcScopes },
    redirectUri: `${publicUrl.replace(/\/+$/, '')}/auth/callback`,
  });
  return (server, options) =>
    registerLoginRoutes(server, {
      ...options,
      ...{ provider, roleMap },
      ...{ roleClaim: config.oidcRoleClaim, nameClaim: config.oidcNameClaim },
    });
};

const wrong = (message: string): MillraceError =>
  new MillraceError('config.access-invalid', message);
