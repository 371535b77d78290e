/** From a request to who sends it, or why nobody does. What that one may do is guard-routes.ts. */
import { type ErrorCode, MillraceError } from '@millrace/contracts';
import type { FastifyRequest } from 'fastify';
import type { Actor } from './actor.ts';
import type { SessionCookie } from './session-cookie.ts';
import type { Sessions } from './sessions.ts';
import type { TokenRing } from './token-ring.ts';

export type Identity =
  /** `isProgram`: it showed a token, which no page of another origin can make a browser do. */
  | { readonly kind: 'actor'; readonly actor: Actor; readonly isProgram: boolean }
  | { readonly kind: 'nobody' }
  | { readonly kind: 'wrong'; readonly error: MillraceError; readonly name?: string };

export interface AuthenticateOptions {
  /** Everybody may do everything: neither tokens nor OIDC are set. */
  readonly isOpen: boolean;
  readonly tokens: TokenRing;
  readonly sessions: Sessions;
  readonly cookie: SessionCookie;
  readonly nowMs: () => number;
}

export const anybody: Actor = { name: 'anybody', role: 'admin', way: 'open', untilMs: null };

/** Case does not count (RFC 9110, 11.1). */
const bearer = /^bearer +([^ ]+) *$/i;

const wrong = (code: ErrorCode, message: string, name?: string): Identity => ({
  ...{ kind: 'wrong', error: new MillraceError(code, message) },
  ...(name !== undefined && { name }),
});

/** A token that is there and wrong is not passed over for the cookie: its sender would not learn of it. */
export const authenticate = (
  { headers }: Pick<FastifyRequest, 'headers'>,
  { isOpen, tokens, sessions, cookie, nowMs }: AuthenticateOptions,
): Identity => {
  if (isOpen) return { kind: 'actor', actor: anybody, isProgram: false };
  if (headers.authorization !== undefined) {
    const text = bearer.exec(headers.authorization)?.[1];
    if (text === undefined)
      return wrong('operations.credential-invalid', 'Authorization is no Bearer token.');
    const answer = tokens.check(text, nowMs());
    if (!answer.ok) return wrong(answer.code, answer.message, answer.name);
    return { kind: 'actor', actor: answer.actor, isProgram: true };
  }
  const word = cookie.read(headers.cookie);
  const session = word === undefined ? undefined : sessions.find(word, nowMs());
  if (session === undefined) return { kind: 'nobody' };
  const { token, untilMs } = session;
  const actor = token === undefined ? session.actor : tokens.again(token.id, token.sha256, nowMs());
  return actor === undefined
    ? { kind: 'nobody' }
    : { kind: 'actor', actor: { ...actor, untilMs }, isProgram: false };
};
