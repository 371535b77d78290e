/** Who asks for an audit gets one that saw the table after he asked; rounds join what runs; two never run at once. */
import { expect, test } from 'vitest';
import { createAuditTurns } from './audit-turns.ts';

const held = () => {
  const gate = Promise.withResolvers<void>();
  let begun = 0;
  const audit = () => {
    begun += 1;
    return gate.promise;
  };
  return { audit, end: gate.resolve, fail: gate.reject, begun: () => begun };
};
const moment = () => new Promise(setImmediate);

test('a round takes the audit that runs for its own', async () => {
  const turns = createAuditTurns<string>();
  const [first, second, other] = [held(), held(), held()];
  const ends = [turns.shared('a', first.audit), turns.shared('a', second.audit)];
  void turns.shared('b', other.audit);
  first.end();
  await Promise.all(ends);
  expect([first, second, other].map(({ begun }) => begun())).toEqual([1, 0, 1]);
});

test.for(['ends', 'fails'] as const)(
  'who asks gets one that begins when what runs %s',
  async (end) => {
    const turns = createAuditTurns<string>();
    const [round, asked, next] = [held(), held(), held()];
    const first = turns.shared('a', round.audit).catch(() => undefined);
    const answer = turns.fresh('a', asked.audit);
    await moment();
    expect(asked.begun()).toBe(0);
    if (end === 'ends') round.end();
    else round.fail(new Error('away'));
    await first;
    await moment();
    expect(asked.begun()).toBe(1);
    // and a round takes that one
    const joined = turns.shared('a', next.audit);
    asked.end();
    await Promise.all([answer, joined]);
    expect(next.begun()).toBe(0);
  },
);

test('two that ask are served one after the other, and each is told of its own failure', async () => {
  const turns = createAuditTurns<string>();
  const [one, two] = [held(), held()];
  const first = turns.fresh('a', one.audit);
  const second = turns.fresh('a', two.audit);
  await moment();
  expect([one.begun(), two.begun()]).toEqual([1, 0]);
  one.fail(new Error('away'));
  await expect(first).rejects.toThrow('away');
  await moment();
  expect(two.begun()).toBe(1);
  two.end();
  await second;
});
