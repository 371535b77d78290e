import { expect, test } from 'vitest';
import type { InOrderOptions } from '../dsl/stream.ts';
import { drive } from '../testing/drive.ts';

const driveInOrder = (options: InOrderOptions<string> = {}) => {
  const driver = drive(({ stream, out }) => {
    const ordered = stream<string>('in', { disorderMs: 10 }).inOrder(options);
    out(ordered, 'out');
    out(ordered.late(), 'late');
  });
  return {
    send: (value: string, timeMs: number, key = 'k') => driver.pipe('in', value, { key, timeMs }),
    take: () => driver.take('out').map(({ value }) => value),
    takeLate: () => driver.take('late').map(({ value }) => value),
  };
};

test('records leave in order of time, then of key, once the watermark is beyond them', () => {
  const { send, take } = driveInOrder();
  send('b of l', 2, 'l');
  send('b', 2);
  send('a', 1);
  send('c', 3);
  send('now', 12);
  expect(take()).toEqual(['a']);
  send('now', 13);
  expect(take()).toEqual(['b', 'b of l']);
});

test('records of one key and time keep the order in which they came', () => {
  const { send, take } = driveInOrder();
  for (const value of ['z', 'a', 'm']) send(value, 1);
  send('now', 20);
  expect(take()).toEqual(['z', 'a', 'm']);
});

test('with a tie, records of one key and time are ordered by it', () => {
  const { send, take } = driveInOrder({ tie: (value) => value });
  for (const value of ['z', 'a', 'm']) send(value, 1);
  send('now', 20);
  expect(take()).toEqual(['a', 'm', 'z']);
});

test('a record behind the watermark is late, by as much as it is; grace waits for it', () => {
  const [strict, patient] = [driveInOrder(), driveInOrder({ grace: 5 })];
  for (const { send } of [strict, patient]) {
    send('now', 20);
    send('behind', 5);
    send('end', 40);
  }
  expect(strict.take()).toEqual(['now']);
  expect(strict.takeLate()).toMatchObject([{ value: 'behind', lateByMs: 5 }]);
  expect(patient.take()).toEqual(['behind', 'now']);
});
