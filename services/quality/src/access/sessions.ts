/**
 * Logins, in memory: random words, of which the browser has the word and this its hash. They end with their time, with
 * their token, by logging out, and all together when the service ends.
 */
import { hash, randomBytes } from 'node:crypto';
import type { Actor } from './actor.ts';

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
  readonly size: number;
}

/** Beyond it the oldest login ends. */
const sessionsMax = 10_000;

export const createSessions = (ageMs: number): Sessions => {
  const sessions = new Map<string, Session>();
  const keyOf = (word: string) => hash('sha256', word, 'base64url');
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
      const untilMs = Math.min(nowMs + ageMs, owner.actor.untilMs ?? Number.POSITIVE_INFINITY);
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
