import { MillraceError } from '@millrace/contracts';
import { silentLogger, systemClock } from '@millrace/pipeline';
import { expect, test } from 'vitest';
import { createAudit } from './audit.ts';
import type { AuditStep } from './audit-log.ts';

const request = {
  actor: { name: 'ops', role: 'operator', way: 'token', untilMs: null },
  ip: '192.0.2.7',
} as const;

const setUp = (takes: (step: AuditStep) => boolean = () => true) => {
  const steps: AuditStep[] = [];
  const write = async (step: AuditStep) => {
    if (!takes(step)) throw new MillraceError('kafka.unavailable', 'away', { retryable: true });
    steps.push(step);
  };
  const log = { topic: 't', written: 0, write, close: async () => undefined };
  return { steps, audit: createAudit({ log, clock: systemClock, logger: silentLogger }) };
};
const what = { action: 'redrive', subject: 'flights', detail: 'why' };

test('an action is told before it is begun and when it has ended, with what came out', async () => {
  const { steps, audit } = setUp();
  const result = await audit.action(request, what, async (note) => {
    expect(steps).toMatchObject([{ by: 'ops', outcome: 'begun', from: '192.0.2.0/24' }]);
    note('7 letters');
    return 7;
  });
  expect(result).toBe(7);
  expect(steps[1]).toMatchObject({ id: steps[0]?.id, outcome: 'done', detail: '7 letters' });
});

test('what cannot be told is not begun', async () => {
  const { audit } = setUp(() => false);
  let begun = false;
  await expect(
    audit.action(request, what, async () => {
      begun = true;
    }),
  ).rejects.toMatchObject({ code: 'operations.audit-unavailable', retryable: true });
  expect(begun).toBe(false);
});

test('what failed is told as failed with its code, and rejects as it did', async () => {
  const { steps, audit } = setUp();
  const error = new MillraceError('operations.unknown', 'no such letter');
  await expect(audit.action(request, what, () => Promise.reject(error))).rejects.toBe(error);
  expect(steps[1]).toMatchObject({ outcome: 'failed', detail: 'why operations.unknown' });
});

test('what was done is done, also when its end cannot be told', async () => {
  const { steps, audit } = setUp(({ outcome }) => outcome === 'begun');
  expect(await audit.action(request, what, async () => 'done')).toBe('done');
  expect(steps).toMatchObject([{ outcome: 'begun' }]);
});

test('who asked and left before the end is told as if he had stayed', async () => {
  const { steps, audit } = setUp();
  const leaving: { actor: typeof request.actor; ip: string } = { ...request };
  await audit.action(leaving, what, async () => {
    // as of a connection that is closed
    delete (leaving as Partial<typeof leaving>).ip;
  });
  expect(steps).toMatchObject([
    { by: 'ops', outcome: 'begun', from: '192.0.2.0/24' },
    { by: 'ops', outcome: 'done', from: '192.0.2.0/24' },
  ]);
  await audit.record(leaving, { ...what, outcome: 'done' });
  expect(steps[2]).toMatchObject({ by: 'ops', from: 'closed' });
});
