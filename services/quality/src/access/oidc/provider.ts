/** The identity provider: authorization code with PKCE, by openid-client, which also checks what comes back. Who is let in is map-role.ts. */
import { MillraceError } from '@millrace/contracts';
import * as oidc from 'openid-client';

export interface ProviderOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  readonly scopes: readonly string[];
  /** Where the provider sends people back to. */
  readonly redirectUri: string;
}

/** What must be the same when the person comes back. */
export interface Attempt {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

export type Claims = Readonly<Record<string, unknown>> & { readonly sub: string };

export interface Provider {
  /** Where to send the person, and what to remember. Rejects with `operations.provider-unavailable`. */
  begin(): Promise<{ readonly url: URL; readonly attempt: Attempt }>;
  /**
   * Claims of the ID token and of userinfo.
   * @param query of the address that the person came back to
   * Rejects with `operations.login-failed`, or `operations.provider-unavailable` where asking again may help.
   */
  finish(query: string, attempt: Attempt): Promise<Claims>;
}

export const createProvider = (options: ProviderOptions): Provider => {
  const { issuer, clientId, clientSecret, redirectUri, scopes } = options;
  let discovered: Promise<oidc.Configuration> | undefined;
  const discover = (): Promise<oidc.Configuration> => {
    if (discovered !== undefined) return discovered;
    const auth = clientSecret === undefined ? oidc.None() : undefined;
    const looking = oidc.discovery(new URL(issuer), clientId, clientSecret, auth, {
      // Settings let http pass for this machine alone.
      execute: issuer.startsWith('http:') ? [oidc.allowInsecureRequests] : [],
      timeout: 10,
    });
    discovered = looking;
    // what failed is tried anew by the next login
    looking.catch(() => {
      discovered = undefined;
    });
    return looking;
  };
  const configured = () =>
    discover().catch((cause: unknown) => Promise.reject(away(issuer, cause)));

  return {
    begin: async () => {
      const configuration = await configured();
      const attempt: Attempt = {
        state: oidc.randomState(),
        nonce: oidc.randomNonce(),
        verifier: oidc.randomPKCECodeVerifier(),
      };
      const url = oidc.buildAuthorizationUrl(configuration, {
        ...{ redirect_uri: redirectUri, scope: scopes.join(' ') },
        ...{ state: attempt.state, nonce: attempt.nonce, code_challenge_method: 'S256' },
        code_challenge: await oidc.calculatePKCECodeChallenge(attempt.verifier),
      });
      return { url, attempt };
    },
    finish: async (query, { state, nonce, verifier }) => {
      const configuration = await configured();
      try {
        const tokens = await oidc.authorizationCodeGrant(
          configuration,
          new URL(`${redirectUri}?${query}`),
          {
            ...{ expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier },
            idTokenExpected: true,
          },
        );
        const claims = tokens.claims();
        if (claims === undefined) throw new Error('no ID token');
        const hasUserInfo = configuration.serverMetadata().userinfo_endpoint !== undefined;
        const info = hasUserInfo
          ? await oidc.fetchUserInfo(configuration, tokens.access_token, claims.sub)
          : {};
        return { ...info, ...claims };
      } catch (error) {
        throw explain(issuer, error);
      }
    },
  };
};

const away = (issuer: string, cause: unknown): MillraceError =>
  new MillraceError('operations.provider-unavailable', `${issuer} does not answer as it should.`, {
    ...{ cause, retryable: true },
  });

/** A connection that breaks is the provider's absence; whatever else is wrong with the answer is a failed login. */
const explain = (issuer: string, error: unknown): MillraceError => {
  const cause = error instanceof Error ? error.cause : undefined;
  if (error instanceof TypeError || cause instanceof TypeError) return away(issuer, error);
  const why = error instanceof Error ? error.message : String(error);
  return new MillraceError('operations.login-failed', why, { cause: error });
};
