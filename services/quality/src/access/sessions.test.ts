import { expect, test } from 'vitest';
import type { Actor } from './actor.ts';
import { createSealer } from './seal.ts';
import { createSealedSessions, createSessions } from './sessions.ts';

const actor: Actor = { name: 'a', role: 'viewer', way: 'oidc', untilMs: null };

test('a login is found by its word alone, until its time', () => {
  const sessions = createSessions(1000);
  const { word, untilMs } = sessions.begin({ actor }, 0);
  expect(untilMs).toBe(1000);
  expect(sessions.find(word, 999)?.actor).toEqual(actor);
  expect(sessions.find(word, 1000)).toBeUndefined();
  expect(sessions.find(`${word}x`, 0)).toBeUndefined();
  sessions.end(word);
  expect(sessions.find(word, 0)).toBeUndefined();
});

test('it does not outlive what it was made from, and there are not more than can be held', () => {
  const sessions = createSessions(1000);
  expect(sessions.begin({ actor: { ...actor, untilMs: 10 } }, 0).untilMs).toBe(10);
  const first = sessions.begin({ actor }, 20);
  for (let count = 0; count < 10_000; count += 1) sessions.begin({ actor }, 20);
  expect(sessions.size).toBe(10_000);
  expect(sessions.find(first.word, 21)).toBeUndefined();
});

test('a sealed login is known to every service with the key, until its time; logged out it is not known where that was', () => {
  const [one, other] = ['k'.repeat(32), 'k'.repeat(32)].map((key) => {
    const sealer = createSealer();
    sealer.setKeys([key]);
    return createSealedSessions(1000, sealer);
  }) as [ReturnType<typeof createSealedSessions>, ReturnType<typeof createSealedSessions>];
  const token = { id: 't', sha256: 'h' };
  const { word, untilMs } = one.begin({ actor: { ...actor, untilMs: 900 }, token }, 0);
  expect(untilMs).toBe(900);
  expect(other.find(word, 899)).toEqual({ actor: { ...actor, untilMs: 900 }, token, untilMs: 900 });
  expect(other.find(word, 900)).toBeUndefined();
  expect(other.find(`${word}x`, 0)).toBeUndefined();
  one.end(word);
  // words of nobody do not push out the one that was logged out
  for (let count = 0; count <= 10_000; count += 1) one.end(`no word ${count}`);
  expect(one.find(word, 0)).toBeUndefined();
  expect(other.find(word, 0)).toBeDefined();
});
