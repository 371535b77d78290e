import { systemClock } from '@millrace/pipeline';
import { expect, test } from 'vitest';
import { createAwaitChange } from './await-change.ts';

const hour = 3_600_000;

test('a source looks again after its interval, when its place tells, and when it is nudged', async () => {
  const { signal } = new AbortController();
  await createAwaitChange({ everyMs: 1, clock: systemClock }).changed(signal);
  await createAwaitChange({
    ...{ everyMs: hour, clock: systemClock },
    told: () => Promise.resolve(),
  }).changed(signal);
  const source = createAwaitChange({ everyMs: hour, clock: systemClock });
  const waiting = source.changed(signal);
  source.nudge();
  await waiting;
});

test('a nudge that comes while nobody waits is not lost, and counts once', async () => {
  const stopping = new AbortController();
  const source = createAwaitChange({ everyMs: hour, clock: systemClock });
  source.nudge();
  await source.changed(stopping.signal);
  const next = source.changed(stopping.signal);
  stopping.abort(new Error('stopping'));
  await expect(next).rejects.toThrow('stopping');
});
