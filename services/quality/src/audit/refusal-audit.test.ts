import { silentLogger } from '@millrace/pipeline';
import { createManualClock } from '@millrace/testkit';
import { expect, test } from 'vitest';
import type { AuditStep } from './audit-log.ts';
import { createRefusalAudit, type Refused } from './refusal-audit.ts';

const refused: Refused = {
  code: 'operations.role-missing',
  action: 'POST /api/v1/silences',
  address: '192.0.2.7',
  actor: { name: 'ann', role: 'viewer' },
};

const setUp = () => {
  const steps: AuditStep[] = [];
  const clock = createManualClock();
  const audit = createRefusalAudit({
    ...{ log: { write: async (step) => void steps.push(step) }, logger: silentLogger, clock },
    signal: new AbortController().signal,
  });
  return { steps, clock, audit };
};

test('the first refusal of its kind is told at once, those like it together', async () => {
  const { steps, clock, audit } = setUp();
  for (let time = 0; time < 500; time += 1) audit.note(refused);
  expect(steps).toMatchObject([
    { by: 'ann', subject: 'operations.role-missing', outcome: 'refused', from: '192.0.2.0/24' },
  ]);
  await clock.advance(10_000);
  expect(steps[1]).toMatchObject({ detail: '499 times more' });
});

test('a flood of different refusals is bounded', () => {
  const { steps, audit } = setUp();
  for (let time = 0; time < 5000; time += 1)
    audit.note({ ...refused, actor: { name: `made up ${time}`, role: 'viewer' } });
  expect(steps).toHaveLength(50);
});
