/**
 * Logins that have gone to the provider and have not come back, each bound to the browser that began it: in memory, or sealed in its cookie, where
 * several services share keys.
 */
import { hash, randomBytes } from 'node:crypto';
import type { Sealer } from '../seal.ts';
import type { Attempt } from './provider.ts';

export interface PendingLogin {
  readonly attempt: Attempt;
  /** Path of the console to go on at. */
  readonly to: string;
}

export interface PendingLogins {
  /** The answer is the word that the browser keeps. */
  begin(login: PendingLogin, nowMs: number): string;
  /** In memory once: another who shows the same finds nothing. Sealed the provider takes its code once. */
  take(state: string, word: string, nowMs: number): PendingLogin | undefined;
}

/** As long as one may take at the provider. */
const ageMs = 10 * 60_000;
export const pendingAgeSeconds = ageMs / 1000;
/** Beyond it the oldest is forgotten. */
const pendingMax = 1000;

export const createPendingLogins = (): PendingLogins => {
  const pending = new Map<string, PendingLogin & { readonly hash: string; untilMs: number }>();
  return {
    begin: (login, nowMs) => {
      const oldest = pending.keys().next().value;
      if (pending.size >= pendingMax && oldest !== undefined) pending.delete(oldest);
      const word = randomBytes(32).toString('base64url');
      const untilMs = nowMs + ageMs;
      pending.set(login.attempt.state, { ...login, hash: hash('sha256', word), untilMs });
      return word;
    },
    take: (state, word, nowMs) => {
      const login = pending.get(state);
      if (login === undefined || login.hash !== hash('sha256', word)) return undefined;
      pending.delete(state);
      return nowMs < login.untilMs ? login : undefined;
    },
  };
};

const purpose = 'login';
/** Browsers keep 4,096 bytes of a cookie. */
const sealedMax = 3_500;

export const createSealedPendingLogins = (sealer: Sealer): PendingLogins => ({
  begin: (login, nowMs) => {
    const untilMs = nowMs + ageMs;
    const word = sealer.seal(purpose, { ...login, untilMs });
    return word.length <= sealedMax ? word : sealer.seal(purpose, { ...login, to: '/', untilMs });
  },
  take: (state, word, nowMs) => {
    const login = sealer.open(purpose, word) as (PendingLogin & { untilMs: number }) | undefined;
    if (login === undefined || login.attempt.state !== state) return undefined;
    return nowMs < login.untilMs ? login : undefined;
  },
});

/** A path of this service; `/` for whatever could lead elsewhere. */
export const ownPath = (to: unknown): string =>
  typeof to === 'string' && /^\/(?![/\\])[^\\\s]*$/.test(to) ? to : '/';
