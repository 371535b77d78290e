import { expect, test } from 'vitest';
import { createTellOfSource } from './source-notices.ts';

const kafka = () => {
  const sent: PromiseWithResolvers<void>[] = [];
  const keys: string[] = [];
  return {
    sent,
    keys,
    send: ([record]: readonly { readonly key?: Buffer | null }[]) => {
      keys.push(String(record!.key));
      sent.push(Promise.withResolvers());
      return sent.at(-1)!.promise;
    },
  };
};

test('of notices that come while one is on its way a single one follows, written after all of them', async () => {
  const { sent, keys, send } = kafka();
  const tell = createTellOfSource('door-1', send);
  const first = tell('a');
  const others = [tell('a'), tell('a'), tell('b/c')];
  expect(keys).toEqual(['notice/a', 'notice/b%2Fc']);
  sent[0]!.resolve();
  sent[1]!.resolve();
  await first;
  await expect.poll(() => keys.length).toBe(3);
  sent[2]!.resolve();
  await Promise.all(others);
  expect(keys).toEqual(['notice/a', 'notice/b%2Fc', 'notice/a']);
});

test('one that Kafka does not take is the sender’s to repeat, and holds up no other', async () => {
  const { sent, keys, send } = kafka();
  const tell = createTellOfSource('door-1', send);
  const [first, second] = [tell('a'), tell('a')];
  sent[0]!.reject(new Error('away'));
  await expect(first).rejects.toThrow('away');
  await expect.poll(() => keys.length).toBe(2);
  sent[1]!.resolve();
  await second;
});
