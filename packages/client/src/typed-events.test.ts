import { expectTypeOf, test } from 'vitest';
import { type Client, createClient } from './client.ts';
import type { EventResult } from './event-result.ts';

/**
 * What must not compile is marked with an expected error, so that `tsc` fails when it begins to compile. The types are as
 * `millrace contracts types --for producers` writes them.
 */
interface ShopOrders {
  readonly order_id: string;
  readonly amount: number | string;
  readonly note?: null | string;
}
interface Events {
  readonly 'shop.orders': ShopOrders;
}

/** Never called: what is in it is checked by `tsc` alone. */
const checked = (client: Client<Events>): void => {
  expectTypeOf(
    client.send('shop.orders', { order_id: 'a', amount: 1 }),
  ).resolves.toEqualTypeOf<EventResult>();
  void client.enqueue('shop.orders', { order_id: 'a', amount: '12.50', note: null });
  // @ts-expect-error: there is no such stream
  void client.send('shop.returns', { order_id: 'a', amount: 1 });
  // @ts-expect-error: the amount is missing
  void client.send('shop.orders', { order_id: 'a' });
  // @ts-expect-error: the field is order_id
  void client.send('shop.orders', { orderId: 'a', amount: 1 });
  // @ts-expect-error: an id is text
  void client.enqueue('shop.orders', { order_id: 1, amount: 1 });
};

test('streams and fields are those of the contracts, and no others compile', () => {
  expectTypeOf(checked).toBeFunction();
  expectTypeOf(createClient<Events>).returns.toEqualTypeOf<Client<Events>>();
});

test('without types every stream takes every object', () => {
  const anything = (client: Client<Record<string, object>>) =>
    client.send('shop.orders', { whatever: true });
  expectTypeOf(anything).returns.resolves.toEqualTypeOf<EventResult>();
  expectTypeOf(() => createClient({ url: 'https://door' })).returns.toEqualTypeOf<
    Parameters<typeof anything>[0]
  >();
});
