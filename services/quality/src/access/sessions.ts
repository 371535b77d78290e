/**
 * Logins. In memory: random words, of which the browser has the word and this its hash; they end with their time, with their token,
 * by logging out, and all together when the service ends. Sealed: the browser has the whole login under a key, so every service with
 * the key knows it, also one that was started since; logging out ends it for the browser, and for copies of the cookie at this service alone.
 */
import { hash, randomBytes } from 'node:crypto';
import type { Actor } from './actor.ts';
import type { Sealer } from './seal.ts';

export interface SessionOwner {
  readonly actor: Actor;
  /** Of a login by token: it holds as long as its line in the file. */
  readonly token?: { readonly id: string; readonly sha256: string };
}

export interface Session extends SessionOwner {
  readonly untilMs: number;
}

export interface Sessions {
  /** Begins a login; the answer is the cookie's word, which cannot be had again. */
  begin(owner: SessionOwner, nowMs: number): { readonly word: string; readonly untilMs: number };
  find(word: string, nowMs: number): Session | undefined;
  end(word: string): void;
  /** Those that are held here. */
  readonly size: number;
}

/** Beyond it the oldest login ends. */
const sessionsMax = 10_000;

const endOf = ({ actor }: SessionOwner, ageMs: number, nowMs: number): number =>
  Math.min(nowMs + ageMs, actor.untilMs ?? Number.POSITIVE_INFINITY);

const keyOf = (word: string) => hash('sha256', word, 'base64url');

export const createSessions = (ageMs: number): Sessions => {
  const sessions = new Map<string, Session>();
  return {
    begin: (owner, nowMs) => {
      // The oldest first; most end in the order in which they began.
      for (const [key, { untilMs }] of sessions) {
        if (untilMs > nowMs) break;
        sessions.delete(key);
      }
      const oldest = sessions.keys().next().value;
      if (sessions.size >= sessionsMax && oldest !== undefined) sessions.delete(oldest);
      const word = randomBytes(32).toString('base64url');
      const untilMs = endOf(owner, ageMs, nowMs);
      sessions.set(keyOf(word), { ...owner, untilMs });
      return { word, untilMs };
    },
    find: (word, nowMs) => {
      const session = sessions.get(keyOf(word));
      return session !== undefined && nowMs < session.untilMs ? session : undefined;
    },
    end: (word) => {
      sessions.delete(keyOf(word));
    },
    get size() {
      return sessions.size;
    },
  };
};

const purpose = 'session';

/** Logins that the browser holds whole; see above. */
export const createSealedSessions = (ageMs: number, sealer: Sealer): Sessions => {
  /** Hashes of words that were logged out; the oldest is forgotten beyond `sessionsMax`. */
  const ended = new Set<string>();
  const read = (word: string, nowMs: number): Session | undefined => {
    const session = sealer.open(purpose, word) as Session | undefined;
    return session !== undefined && nowMs < session.untilMs ? session : undefined;
  };
  return {
    begin: (owner, nowMs) => {
      const untilMs = endOf(owner, ageMs, nowMs);
      return { word: sealer.seal(purpose, { ...owner, untilMs } satisfies Session), untilMs };
    },
    find: (word, nowMs) => (ended.has(keyOf(word)) ? undefined : read(word, nowMs)),
    end: (word) => {
      if (read(word, 0) === undefined) return;
      const oldest = ended.keys().next().value;
      if (ended.size >= sessionsMax && oldest !== undefined) ended.delete(oldest);
      ended.add(keyOf(word));
    },
    size: 0,
  };
};
