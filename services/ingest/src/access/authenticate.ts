/** From a request's credential to who sends, or why nobody may. What the sender may send to is http/admit.ts. */
import type { IncomingMessage } from 'node:http';
import type { Clock } from '@millrace/pipeline';
import { credentialOf } from './credential.ts';
import type { KeyRing } from './key-ring.ts';
import type { Denial, Identity } from './sender.ts';
import type { JwtVerifier } from './verify-jwt.ts';

export interface AuthenticatorOptions {
  readonly keys: KeyRing;
  readonly jwt?: JwtVerifier;
  readonly clock: Clock;
}

export interface Authenticator {
  /** At once, but for a token that is seen for the first time. */
  identify(request: IncomingMessage): Identity | Denial | Promise<Identity | Denial>;
  /** The same without anything that costs: tokens that would have to be checked are undefined. */
  identifyCheaply(request: IncomingMessage): Identity | Denial | undefined;
}

/** A browser's key counts only from its pages; any other must not stand in a URL. */
export const createAuthenticator = (options: AuthenticatorOptions): Authenticator => {
  const { keys, jwt, clock } = options;

  const cheaply = (request: IncomingMessage): Identity | Denial | { readonly jwt: string } => {
    const credential = credentialOf(request);
    if (credential === undefined) return missing;
    switch (credential.kind) {
      case 'other':
        return unreadable;
      case 'jwt':
        return jwt === undefined
          ? noTokens
          : (jwt.known(credential.token) ?? { jwt: credential.token });
      case 'certificate':
        return keys.byCertificate(credential.names, clock.nowMs());
      case 'key':
        return inItsPlace(
          keys.byToken(credential.token, clock.nowMs()),
          credential.fromUrl,
          request,
        );
    }
  };

  return {
    identify: (request) => {
      const found = cheaply(request);
      return 'jwt' in found ? jwt!.verify(found.jwt) : found;
    },
    identifyCheaply: (request) => {
      const found = cheaply(request);
      return 'jwt' in found ? undefined : found;
    },
  };
};

const inItsPlace = (
  found: Identity | Denial,
  fromUrl: boolean,
  { headers }: IncomingMessage,
): Identity | Denial => {
  if ('code' in found) return found;
  const { origins, keyId } = found;
  if (origins === undefined) return fromUrl ? { ...inUrl, ...(keyId && { keyId }) } : found;
  const { origin } = headers;
  if (origin !== undefined && origins.includes(origin)) return found;
  return {
    code: 'ingest.origin-forbidden',
    message: `The key is for pages of ${origins.join(', ')}.`,
    ...(keyId && { keyId }),
  };
};

const missing: Denial = {
  code: 'ingest.credential-missing',
  message: 'Send a key: Authorization: Bearer mrk_…',
};
const unreadable: Denial = {
  code: 'ingest.credential-invalid',
  message: 'Authorization must be Bearer with a key or a JWT.',
};
const noTokens: Denial = {
  code: 'ingest.credential-invalid',
  message: 'This door takes keys (mrk_…) and no JWT.',
};
const inUrl: Denial = {
  code: 'ingest.key-in-url',
  message: 'Only keys of browsers are taken from the URL.',
};
