import { expect, test } from 'vitest';
import type { InputStatus, TransformStatus } from './read-status.ts';
import { concerns, stateOf, statusText } from './status-text.ts';

const input = (over: Partial<InputStatus> = {}): InputStatus => ({
  ...{ stage: 0, topic: 'events.a.b', partition: 1, committed: 10, end: 10 },
  ...{ lagRecords: 0, lagSeconds: 0, ...over },
});
const status = (over: Partial<TransformStatus> = {}): TransformStatus => ({
  ...{ transform: 'sums', group: 'millrace.transform.sums', missingTopics: [] },
  members: [{ clientId: 'millrace-stream-transform', host: '/10.0.0.7' }],
  partitions: [input()],
  standbys: [],
  ...over,
});

test('a transform with members is running, behind, or stuck when the first record has waited for long', () => {
  expect(stateOf(status())).toBe('running');
  const behind = status({ partitions: [input({ end: 12, lagRecords: 2, lagSeconds: 1 })] });
  expect(stateOf(behind)).toBe('behind');
  const stuck = status({ partitions: [input({ end: 12, lagRecords: 2, lagSeconds: 600 })] });
  expect(stateOf(stuck)).toBe('stuck');
  expect(concerns(stuck)).toEqual(['events.a.b/1: 2 records, 10 min behind']);
});

test('without members it is stopped, and stuck as soon as something waits', () => {
  expect(stateOf(status({ members: [] }))).toBe('stopped');
  const partitions = [input({ end: 12, lagRecords: 2, lagSeconds: 0.1 })];
  expect(concerns(status({ members: [], partitions }))).toEqual([
    '2 records wait and nobody is in the group millrace.transform.sums',
  ]);
});

test('a topic of a contract that is missing is told with what to do', () => {
  const [concern] = concerns(status({ missingTopics: ['events.a.c'] }));
  expect(concern).toBe('events.a.c does not exist: run millrace contracts apply');
});

test('a person is shown members, offsets and the time that each task has come to', () => {
  const text = statusText(status({ partitions: [input({ watermarkMs: 0 })] }));
  expect(text).toContain('1 member (10.0.0.7)');
  expect(text).toMatch(/events\.a\.b\/1 +10 +10 +0 +– +1970-01-01T00:00:00\.000Z/);
});

test('copies that stand by are shown with where they are, and how far as far as that is known', () => {
  const instance = 'http://10.0.0.7:8082';
  const text = statusText(
    status({
      standbys: [
        { stage: 1, partition: 0, instance, lagRecords: 12 },
        { stage: 1, partition: 1, instance, lagRecords: null },
      ],
    }),
  );
  expect(text).toMatch(/1 +0 +http:\/\/10\.0\.0\.7:8082 +12/);
  expect(text).toMatch(/1 +1 +http:\/\/10\.0\.0\.7:8082 +\?/);
});
