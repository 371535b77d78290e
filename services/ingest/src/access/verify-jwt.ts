/**
 * Bearer tokens of an identity provider: signature by its published keys (JWKS), issuer, audience, times. Which header
 * they come in is credential.ts.
 */

import { hash } from 'node:crypto';
import { type KeyLimits, MillraceError, scopePattern } from '@millrace/contracts';
import type { Clock, Logger } from '@millrace/pipeline';
import { createRemoteJWKSet, customFetch, errors, type JWTPayload, jwtVerify } from 'jose';
import { createRecentMap } from '../admission/recent-map.ts';
import type { Denial, Identity } from './sender.ts';

export interface JwtOptions {
  readonly jwksUrl: string;
  readonly issuer: string;
  readonly audience: string;
  readonly algorithms: readonly string[];
  readonly clockSkewMs: number;
  /** The claim that holds scopes: a list, or words separated by blanks. */
  readonly scopesClaim: string;
  /** What such a word begins with; the rest is a scope. Others are not for this door. */
  readonly scopePrefix: string;
  readonly limits: KeyLimits;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

export interface JwtVerifier {
  /** Known tokens at once; others as a promise. */
  verify(token: string): Identity | Denial | Promise<Identity | Denial>;
  /** Known and still good, without looking at the signature again. */
  known(token: string): Identity | undefined;
}

const requestTimeoutMs = 5000;
/** How long a signature that was found good counts without being looked at: the price of a withdrawn signing key. */
const trustedMs = 60_000;
const refreshMs = 5 * 60_000;
/** A provider that did not answer is left alone this long, whatever tokens come. */
const restMs = 5000;
const tokensMax = 10_000;

const scopeForm = new RegExp(scopePattern);

/** Only signatures whose checking key is public: with HS* the door could make tokens, and `none` proves nothing. */
const publicAlgorithms = /^(RS|PS|ES)(256|384|512)$|^(EdDSA|Ed25519)$/;

/**
 * The published keys are fetched with the first token, again for a token with an unknown key, and every five minutes, so
 * that withdrawn ones go. While the provider is away, tokens of known keys go on being taken and others are not.
 * Throws `config.access-invalid` for algorithms that prove nothing.
 */
export const createJwtVerifier = (options: JwtOptions): JwtVerifier => {
  const unsafe = options.algorithms.find((algorithm) => !publicAlgorithms.test(algorithm));
  if (unsafe !== undefined || options.algorithms.length === 0)
    throw new MillraceError(
      'config.access-invalid',
      `MILLRACE_INGEST_JWT_ALGORITHMS: ${unsafe ?? 'none'} is not a signature with a public key.`,
    );
  const { clock, issuer, audience } = options;
  const jwks = createRemoteJWKSet(new URL(options.jwksUrl), {
    timeoutDuration: requestTimeoutMs,
    cooldownDuration: restMs,
    // Old keys are better than none; freshness is the loop's below.
    cacheMaxAge: Number.POSITIVE_INFINITY,
    [customFetch]: createRestingFetch(clock),
  });
  void refresh(jwks, options);
  const known = createRecentMap<{ readonly identity: Identity; readonly untilMs: number }>(
    tokensMax,
  );

  const knownIdentity = (token: string): Identity | undefined => {
    const entry = known.get(fingerprint(token));
    return entry !== undefined && clock.nowMs() < entry.untilMs ? entry.identity : undefined;
  };

  const check = async (token: string): Promise<Identity | Denial> => {
    try {
      const { payload } = await jwtVerify(token, jwks, {
        ...{ issuer, audience, algorithms: [...options.algorithms] },
        clockTolerance: options.clockSkewMs / 1000,
        currentDate: new Date(clock.nowMs()),
        requiredClaims: ['exp', 'sub'],
      });
      const identity = identityOf(payload, options);
      const endMs = payload.exp! * 1000 + options.clockSkewMs;
      known.set(fingerprint(token), {
        identity,
        untilMs: Math.min(endMs, clock.nowMs() + trustedMs),
      });
      return identity;
    } catch (error) {
      return denialOf(error);
    }
  };

  return {
    known: knownIdentity,
    verify: (token) => knownIdentity(token) ?? check(token),
  };
};

/** A map of tokens would be a heap full of credentials. */
const fingerprint = (token: string): string => hash('sha256', token, 'base64url');

const identityOf = (payload: JWTPayload, options: JwtOptions): Identity => {
  const claim = payload[options.scopesClaim];
  const words = typeof claim === 'string' ? claim.split(' ') : Array.isArray(claim) ? claim : [];
  const { scopePrefix } = options;
  return {
    sender: { id: `jwt:${payload.sub}`, name: String(payload.sub) },
    scopes: words
      .filter((word): word is string => typeof word === 'string' && word.startsWith(scopePrefix))
      .map((word) => word.slice(scopePrefix.length))
      .filter((scope) => scopeForm.test(scope)),
    terms: termsOf(options.limits),
  };
};

const termsByLimits = new WeakMap<KeyLimits, Identity['terms']>();
const termsOf = (limits: KeyLimits): Identity['terms'] => {
  const known = termsByLimits.get(limits) ?? { limits };
  termsByLimits.set(limits, known);
  return known;
};

/** Messages of jose name claims and never their values. */
const denialOf = (error: unknown): Denial => {
  if (error instanceof errors.JWTExpired)
    return { code: 'ingest.credential-expired', message: 'The token has ended.' };
  if (error instanceof errors.JWTClaimValidationFailed)
    return error.claim === 'nbf'
      ? { code: 'ingest.credential-expired', message: 'The token does not hold yet.' }
      : {
          code: 'ingest.credential-invalid',
          message: `The token's claim ${error.claim} is wrong.`,
        };
  if (error instanceof errors.JWKSNoMatchingKey)
    return {
      code: 'ingest.credential-invalid',
      message: 'The token is of an unknown signing key.',
    };
  if (isProviderAway(error))
    return {
      code: 'ingest.identity-unavailable',
      message: "The token's signing key is not known and cannot be fetched now.",
    };
  if (error instanceof errors.JOSEError)
    return { code: 'ingest.credential-invalid', message: 'The token is not a valid JWT.' };
  throw error;
};

const isProviderAway = (error: unknown): boolean =>
  error instanceof ProviderAway ||
  error instanceof errors.JWKSTimeout ||
  error instanceof errors.JWKSInvalid ||
  (error instanceof errors.JOSEError && error.code === 'ERR_JOSE_GENERIC');

class ProviderAway extends Error {}

/** Fetches, and after a failure answers with that failure for a while. */
const createRestingFetch = (clock: Clock) => {
  let restUntilMs = 0;
  return async (url: string, init: RequestInit): Promise<Response> => {
    if (clock.nowMs() < restUntilMs) throw new ProviderAway('resting');
    try {
      const response = await fetch(url, init);
      if (!response.ok) throw new ProviderAway(`HTTP ${response.status}`);
      return response;
    } catch (cause) {
      restUntilMs = clock.nowMs() + restMs;
      throw cause instanceof ProviderAway ? cause : new ProviderAway('no answer', { cause });
    }
  };
};

/** At once, so that a wrong address shows at the start, and then for ever. One line when it fails, one when it is back. */
const refresh = async (
  jwks: ReturnType<typeof createRemoteJWKSet>,
  { clock, logger, signal, jwksUrl }: JwtOptions,
): Promise<void> => {
  let away = false;
  while (!signal.aborted) {
    try {
      await jwks.reload();
      if (away) logger.info({ jwksUrl }, 'signing keys can be fetched again');
      away = false;
    } catch (error) {
      if (!away)
        logger.warn(
          { jwksUrl, reason: error instanceof Error ? error.message : String(error) },
          'signing keys cannot be fetched: tokens of keys that are known go on being taken',
        );
      away = true;
    }
    await clock.sleep(away ? restMs * 2 : refreshMs, signal).catch(() => undefined);
  }
};
