import { expect, test } from 'vitest';
import type { Actor } from './actor.ts';
import { createSessions } from './sessions.ts';

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
