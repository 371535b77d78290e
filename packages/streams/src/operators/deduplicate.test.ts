import { expect, test } from 'vitest';
import { drive } from '../testing/drive.ts';

interface Order {
  readonly id?: string;
  readonly text: string;
}

const driveDeduplicate = (by?: (order: Order) => string | undefined) => {
  const driver = drive(({ stream, out }) => {
    const options = { within: 10, ...(by !== undefined && { by }) };
    const distinct = stream<Order>('orders').deduplicate(options);
    out(distinct, 'out');
    out(distinct.late(), 'late');
  });
  return {
    driver,
    send: (order: Order, timeMs: number, key = 'k') =>
      driver.pipe('orders', order, { key, timeMs }),
    take: () => driver.take('out').map(({ value }) => (value as Order).text),
  };
};

test('the first record of a key goes on, repeats within the time do not, before it or after it', () => {
  const { driver, send, take } = driveDeduplicate();
  send({ text: 'first' }, 20);
  send({ text: 'repeat' }, 29);
  send({ text: 'repeat out of order' }, 19);
  send({ text: 'next' }, 30);
  send({ text: 'of another key' }, 30, 'l');
  expect(take()).toEqual(['first', 'next', 'of another key']);
  expect(driver.skipped).toEqual({ 'deduplicate-1: repeat': 2 });
});

test('an id belongs to its key, and a record without an id is left out and counted', () => {
  const { driver, send, take } = driveDeduplicate(({ id }) => id);
  send({ id: '1', text: 'a' }, 1);
  send({ id: '2', text: 'b' }, 1);
  send({ id: '1', text: 'repeat' }, 1);
  send({ id: '1', text: 'c' }, 1, 'l');
  send({ text: 'no id' }, 1);
  expect(take()).toEqual(['a', 'b', 'c']);
  expect(driver.skipped).toEqual({ 'deduplicate-1: repeat': 1, 'deduplicate-1: no-id': 1 });
});

test('a record further behind the watermark than ids are told apart is late', () => {
  const { driver, send, take } = driveDeduplicate();
  send({ text: 'now' }, 100);
  send({ text: 'just in time' }, 90, 'l');
  send({ text: 'late' }, 89, 'm');
  expect(take()).toEqual(['now', 'just in time']);
  expect(driver.take('late').map(({ value }) => value)).toMatchObject([{ lateByMs: 1 }]);
});

test('a record out of order is known as a repeat for as long as it is not late', () => {
  const { send, take } = driveDeduplicate();
  send({ text: 'first' }, 89);
  send({ text: 'now' }, 105, 'l');
  send({ text: 'repeat' }, 95);
  expect(take()).toEqual(['first', 'now']);
});

test('ids are remembered across a restart, and forgotten once what they are compared with would be late', () => {
  const { driver, send, take } = driveDeduplicate();
  send({ text: 'a' }, 0, 'a');
  send({ text: 'b' }, 20, 'b');
  driver.reopen();
  send({ text: 'repeat' }, 20, 'b');
  expect(take()).toEqual(['a', 'b']);
  send({ text: 'c' }, 28, 'c');
  expect(driver.state('deduplicate-1')).toHaveLength(3);
  send({ text: 'd' }, 30, 'd');
  expect(driver.state('deduplicate-1')).toHaveLength(3);
});
