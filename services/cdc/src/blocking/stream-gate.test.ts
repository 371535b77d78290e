import { beginOf } from '@millrace/pgoutput';
import { expect, test } from 'vitest';
import { createStreamGate } from './stream-gate.ts';

const begin = (commitLsn: bigint) =>
  beginOf({
    kind: 'commit',
    ...{ transactionId: 1, commitLsn, endLsn: commitLsn, committedAtUs: 0n },
  });
const row = Buffer.from('I is no beginning of a transaction');

const setUp = () => {
  const passed: number[] = [];
  const holds: boolean[] = [];
  const gate = createStreamGate({
    pass: (_payload, lsn) => passed.push(lsn),
    holding: (hold) => holds.push(hold),
    failed: (error) => {
      throw error;
    },
  });
  return { gate, holds, passed };
};

test('a transaction that has begun goes on; what commits at the gate or behind it waits until it is moved or opened, in order', async () => {
  const { gate, holds, passed } = setUp();
  gate.message(begin(50n), 1);
  gate.closeAt(0n);
  gate.message(row, 2);
  expect([passed, holds, gate.isReached]).toEqual([[1, 2], [], false]);
  for (const [i, message] of [begin(60n), row, begin(100n), row].entries()) {
    gate.message(message, 3 + i);
  }
  await gate.reached();
  expect([passed, holds.at(-1)]).toEqual([[1, 2], true]);
  gate.closeAt(60n);
  expect(passed).toEqual([1, 2]);
  gate.closeAt(100n);
  expect([passed, holds.at(-1), gate.isReached]).toEqual([[1, 2, 3, 4], true, true]);
  gate.open();
  expect([passed, holds.at(-1), gate.isReached]).toEqual([[1, 2, 3, 4, 5, 6], false, false]);
  gate.message(begin(200n), 7);
  expect(passed.at(-1)).toBe(7);
});

test('who waits for a transaction hears of it when it comes', async () => {
  const { gate } = setUp();
  gate.closeAt(100n);
  const reached = gate.reached();
  gate.message(begin(99n), 1);
  expect(gate.isReached).toBe(false);
  gate.message(begin(100n), 2);
  await reached;
  expect(gate.isReached).toBe(true);
});

test('a message that waits is kept although its memory is used again', () => {
  const texts: string[] = [];
  const gate = createStreamGate({
    pass: (payload) => texts.push(payload.toString('latin1')),
    ...{ holding: () => undefined, failed: () => undefined },
  });
  gate.closeAt(0n);
  gate.message(begin(1n), 1);
  const memory = Buffer.from('first');
  gate.message(memory, 2);
  memory.write('other');
  gate.open();
  expect(texts[1]).toBe('first');
});
