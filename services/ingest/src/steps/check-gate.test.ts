import type { StreamGate } from '@millrace/contracts';
import { expect, test } from 'vitest';
import { createCheckGateStep } from './check-gate.ts';

const check = (state: StreamGate['state'] | undefined, rejected: 'keep' | 'drop' = 'keep') => {
  const gate = state && { state, reason: 'codes are wrong', by: 'rule:codes', atMs: 0 };
  return createCheckGateStep({ gateOf: () => gate })({ id: 'flights.departed', rejected });
};

test('a stream that is open, or of which nobody has spoken, takes events', () => {
  expect([check('open').kind, check(undefined).kind]).toEqual(['open', 'open']);
  expect(createCheckGateStep(undefined)({ id: 'a.b', rejected: 'keep' }).kind).toBe('open');
});

test('a stopped stream refuses the request and says since when and why', () => {
  expect(check('stopped')).toEqual({
    kind: 'stopped',
    refusal: {
      code: 'ingest.stream-stopped',
      message: 'flights.departed since 1970-01-01T00:00:00.000Z: codes are wrong',
    },
  });
});

test('a quarantine sets events aside, and stops a stream that keeps nothing of what is refused', () => {
  expect(check('quarantine')).toMatchObject({
    kind: 'aside',
    fate: { status: 'rejected', code: 'ingest.stream-quarantined' },
  });
  expect(check('quarantine', 'drop').kind).toBe('stopped');
});
