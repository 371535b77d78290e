import { MillraceError } from '@millrace/contracts';
import type { StreamCounts } from '@millrace/operations';
import { silentLogger } from '@millrace/pipeline';
import { expect, test } from 'vitest';
import type { AuditRecord } from '../audit/audit.ts';
import { type CheckStreamsOptions, createStreamChecks } from './check-streams.ts';
import type { WatchedStream } from './watched-stream.ts';

const streamOf = (id: string) => ({ contract: { id } }) as WatchedStream;
const asker = { actor: { name: 'ada', role: 'operator' }, ip: '127.0.0.1' } as never;
const counts = { missing: 2, double: 0 } as StreamCounts;

const checksOf = (
  work: CheckStreamsOptions['work'],
  record?: (step: AuditRecord) => Promise<string>,
) => {
  const steps: AuditRecord[] = [];
  const checks = createStreamChecks({
    audit: {
      record: (_, step) => {
        steps.push(step);
        return record?.(step) ?? Promise.resolve('id-1');
      },
    },
    clock: { nowMs: () => 7, sleep: () => Promise.resolve() },
    logger: silentLogger,
    work,
    result: () => ({ counts, dimension: null }),
  });
  return { checks, steps };
};

test('who asks is answered at once, is told how far it is, then what came out; the audit has both ends', async () => {
  const gate = Promise.withResolvers<void>();
  const told = Promise.withResolvers<void>();
  const { checks, steps } = checksOf(async (_, tell) => {
    tell('partition 2 of 4', 0.5);
    told.resolve();
    await gate.promise;
  });
  const stream = streamOf('a.b');
  expect(checks.last(stream)).toBeUndefined();
  expect(await checks.start(stream, asker)).toMatchObject({
    state: 'running',
    by: 'ada',
    share: 0,
  });
  await told.promise;
  expect(checks.last(stream)).toMatchObject({
    step: 'partition 2 of 4',
    share: 0.5,
    endedMs: null,
  });
  gate.resolve();
  await checks.settled();
  expect(checks.last(stream)).toMatchObject({ state: 'done', endedMs: 7, step: '', counts });
  expect(steps).toMatchObject([
    { action: 'count stream again', subject: 'a.b', outcome: 'begun' },
    { id: 'id-1', outcome: 'done', detail: '2 missing, 0 double' },
  ]);
});

test('a stream that is being counted is not counted beside itself; others wait for their turn', async () => {
  const gate = Promise.withResolvers<void>();
  const begun: string[] = [];
  const { checks, steps } = checksOf((stream) => {
    begun.push(stream.contract.id);
    return gate.promise;
  });
  const [one, other] = [streamOf('one'), streamOf('other')];
  await Promise.all([checks.start(one, asker), checks.start(other, asker)]);
  await checks.start(one, asker);
  expect(begun).toEqual(['one']);
  expect(checks.last(other)).toMatchObject({ state: 'running', step: 'waits for its turn' });
  gate.resolve();
  await checks.settled();
  expect(begun).toEqual(['one', 'other']);
  expect(steps.filter(({ outcome }) => outcome === 'begun')).toHaveLength(2);
});

test('why it failed is told by its code, and the next one may be begun', async () => {
  const { checks, steps } = checksOf(() =>
    Promise.reject(new MillraceError('verify.sink-behind', 'The sink is behind.')),
  );
  const stream = streamOf('a.b');
  await checks.start(stream, asker);
  await checks.settled();
  expect(checks.last(stream)).toMatchObject({
    ...{ state: 'failed', counts: null },
    error: { code: 'verify.sink-behind', message: 'The sink is behind.' },
  });
  expect(steps[1]).toMatchObject({ outcome: 'failed', detail: 'verify.sink-behind' });
  expect(await checks.start(stream, asker)).toMatchObject({ state: 'running', error: null });
});

test('what cannot be written down is not begun', async () => {
  const away = new MillraceError('operations.audit-unavailable', 'not recorded');
  const begun: string[] = [];
  const { checks } = checksOf(
    async ({ contract }) => void begun.push(contract.id),
    () => Promise.reject(away),
  );
  const stream = streamOf('a.b');
  await expect(checks.start(stream, asker)).rejects.toBe(away);
  await checks.settled();
  expect(begun).toEqual([]);
  expect(checks.last(stream)).toBeUndefined();
});
