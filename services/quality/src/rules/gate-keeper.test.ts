/** What shuts a gate and what does not; how looks and windows judge what was known is opened-stream.test.ts. */
import type { Contract, StreamGate } from '@millrace/contracts';
import { silentLogger } from '@millrace/pipeline';
import { expect, test } from 'vitest';
import { createConditionBoard } from '../conditions/condition-board.ts';
import { createGateKeeper } from './gate-keeper.ts';

/** @param known resolves when the gates are read; the time to wait for them is up when `isLate` */
const world = (known: Promise<void>, isLate = false) => {
  const all = new Map<string, StreamGate>();
  const put: string[] = [];
  const keeper = createGateKeeper({
    contracts: [{ id: 'a.b' } as Contract],
    gates: {
      stateOf: (id) => all.get(id)?.state ?? 'open',
      gateOf: (id) => all.get(id),
      ...{ all, known },
    },
    writer: {
      read: async () => all,
      put: async (id, { state, by }) => void put.push(`${id} ${state} ${by}`),
      close: async () => undefined,
    },
    board: createConditionBoard(() => 0),
    clock: {
      nowMs: () => 0,
      sleep: () => (isLate ? Promise.resolve() : new Promise(() => undefined)),
    },
    logger: silentLogger,
  });
  const shut = (state: 'quarantine' | 'stopped', failedSince: (openedMs: number) => boolean) =>
    keeper.shut('a.b', state, 'said', 'rule:codes', failedSince);
  const gate = (state: StreamGate['state'], atMs: number) =>
    all.set('a.b', { state, atMs, reason: 'said', by: 'ann' });
  return { shut, gate, put };
};

test('after a start a rule waits for the gates: what a person opened before is not shut by what was known', async () => {
  const known = Promise.withResolvers<void>();
  const { shut, gate, put } = world(known.promise);
  const shutting = shut('stopped', (openedMs) => openedMs < 100);
  gate('open', 100);
  known.resolve();
  await shutting;
  expect(put).toEqual([]);
  await shut('stopped', (openedMs) => openedMs < 101);
  expect(put).toEqual(['a.b stopped rule:codes']);
});

test('while the gates cannot be known nothing is shut, and who asked is told', async () => {
  const never = world(new Promise(() => undefined), true);
  await expect(never.shut('stopped', () => true)).rejects.toMatchObject({
    ...{ code: 'kafka.unavailable', retryable: true },
  });
  const stops = world(Promise.reject(new Error('stopped')));
  await expect(stops.shut('stopped', () => true)).rejects.toMatchObject({ retryable: true });
  expect([...never.put, ...stops.put]).toEqual([]);
});

test('a stream in quarantine is stopped by a rule that stops, whoever set it aside; one that is shut as tightly stays', async () => {
  const { shut, gate, put } = world(Promise.resolve());
  gate('quarantine', 100);
  await shut('quarantine', () => true);
  expect(put).toEqual([]);
  await shut('stopped', () => false);
  expect(put).toEqual(['a.b stopped rule:codes']);
  gate('stopped', 200);
  await shut('stopped', () => true);
  expect(put).toHaveLength(1);
});
