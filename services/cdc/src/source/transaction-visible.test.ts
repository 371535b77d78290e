import { createManualClock } from '@millrace/testkit';
import { expect, test } from 'vitest';
import type { SourceConnection } from './source-connection.ts';
import { isVisible, type SnapshotText, transactionVisible } from './transaction-visible.ts';

test.each([
  ['long ended', 50, { xmin: '100', xmax: '110', running: [] }, true],
  ['still in the list', 105, { xmin: '105', xmax: '110', running: ['105', '107'] }, false],
  ['ended between two that run', 106, { xmin: '105', xmax: '110', running: ['105', '107'] }, true],
  ['the newest of all, not yet seen', 110, { xmin: '105', xmax: '110', running: ['105'] }, false],
  [
    'of the epoch before',
    0xffff_fff0,
    { xmin: '4294967300', xmax: '4294967301', running: [] },
    true,
  ],
  [
    'the first of its epoch, seen from the end of the one before',
    3,
    { xmin: '4294967290', xmax: '4294967294', running: [] },
    false,
  ],
] as const)('a transaction %s', (_what, id, snapshot, visible) => {
  expect(isVisible(snapshot, id)).toBe(visible);
});

const answering = (...answers: readonly SnapshotText[]) => {
  const left = [...answers];
  let asked = 0;
  const query = async () => {
    asked += 1;
    return [left.length > 1 ? left.shift() : left[0]];
  };
  return { connection: { query } as unknown as SourceConnection, asked: () => asked };
};

const before = { xmin: '105', xmax: '110', running: ['105'] };
const after = { xmin: '110', xmax: '110', running: [] };

test('the catalog is asked once the transaction is seen, and not before', async () => {
  const { connection, asked } = answering(before, before, after);
  const clock = createManualClock();
  const done = transactionVisible(connection, 105, clock);
  await expect
    .poll(async () => {
      await clock.advance(2);
      return asked();
    })
    .toBe(3);
  await done;
});

test('a transaction that waits for a standby is waited for in bounded time', async () => {
  const { connection, asked } = answering(before);
  const clock = createManualClock();
  let isDone = false;
  void transactionVisible(connection, 105, clock).then(() => {
    isDone = true;
  });
  await expect.poll(asked).toBe(1);
  await expect
    .poll(async () => {
      await clock.advance(1000);
      return isDone;
    })
    .toBe(true);
});
