import { expect, test } from 'vitest';
import { drive } from '../testing/drive.ts';

interface Order {
  readonly customer: string | null;
  readonly item: string;
}

const driveJoin = (kind: 'joinBy' | 'leftJoinBy') => {
  const driver = drive(({ table, out }) => {
    const [orders, customers] = [table<Order>('orders'), table<string>('customers')];
    const joined = orders[kind](
      ({ customer }) => customer,
      customers,
      ({ item }, name: string | null) => `${item} for ${name}`,
    );
    out(joined, 'out');
  });
  return {
    driver,
    order: (key: string, customer: string | null, item = 'tea') =>
      driver.pipe('orders', { customer, item }, { key }),
    noOrder: (key: string) => driver.pipe('orders', null, { key }),
    customer: (key: string, name: string | null) => driver.pipe('customers', name, { key }),
    take: () => driver.take('out').map(({ key, value }) => `${key}: ${value}`),
  };
};

test('a change of either side changes every row that holds the key', () => {
  const { order, customer, take } = driveJoin('joinBy');
  order('1', 'c');
  expect(take()).toEqual([]);
  customer('c', 'Ann');
  order('2', 'c', 'milk');
  expect(take()).toEqual(['1: tea for Ann', '2: milk for Ann']);
  customer('c', 'Anna');
  expect(take()).toEqual(['1: tea for Anna', '2: milk for Anna']);
  order('2', 'c', 'cream');
  expect(take()).toEqual(['2: cream for Anna']);
});

test('a row that changes its key is joined by the new one alone', () => {
  const { order, customer, take } = driveJoin('joinBy');
  customer('c', 'Ann');
  customer('d', 'Dora');
  order('1', 'c');
  order('1', 'd');
  customer('c', 'Anna');
  expect(take()).toEqual(['1: tea for Ann', '1: tea for Dora']);
});

test('a result is taken away with its row, with its partner, and with its key', () => {
  const { order, noOrder, customer, take } = driveJoin('joinBy');
  customer('c', 'Ann');
  order('1', 'c');
  order('2', 'c');
  order('3', 'c');
  take();
  noOrder('1');
  order('2', null);
  expect(take()).toEqual(['1: null', '2: null']);
  customer('c', null);
  expect(take()).toEqual(['3: null']);
  noOrder('3');
  order('4', null);
  noOrder('4');
  expect(take()).toEqual([]);
});

test('a left join has rows whose key is null or of no row', () => {
  const { order, noOrder, customer, take } = driveJoin('leftJoinBy');
  order('1', null);
  order('2', 'c');
  customer('c', 'Ann');
  order('2', null);
  customer('c', 'Anna');
  noOrder('2');
  expect(take()).toEqual([
    '1: tea for null',
    '2: tea for null',
    '2: tea for Ann',
    '2: tea for null',
    '2: null',
  ]);
});
