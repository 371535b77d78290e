import { expect, test } from 'vitest';
import { visibleEnds } from './visible-ends.ts';

/** A topic of one partition that is found so, one time after the other; the last stays. */
const topicOf = (...found: readonly { readonly high: number; readonly stable: number }[]) => {
  let looks = 0;
  return {
    looks: () => looks,
    partitionOffsets: async (topic: string) => {
      const { high, stable } = found[Math.min(looks, found.length - 1)]!;
      looks += 1;
      return [{ topic, partition: 0, low: 0, high, stable }];
    },
  };
};

test('the ends of the first look are answered when all before them is seen, whatever has come since', async () => {
  const calm = topicOf({ high: 7, stable: 7 });
  expect(await visibleEnds(calm, 't')).toMatchObject([{ high: 7 }]);
  expect(calm.looks()).toBe(1);
  const busy = topicOf({ high: 7, stable: 5 }, { high: 9, stable: 6 }, { high: 12, stable: 8 });
  expect(await visibleEnds(busy, 't')).toMatchObject([{ high: 7 }]);
  expect(busy.looks()).toBe(3);
});

test('what stays hidden is waited for so long and no longer', async () => {
  await expect(visibleEnds(topicOf({ high: 7, stable: 5 }), 't', 50)).rejects.toMatchObject({
    code: 'kafka.unavailable',
    retryable: true,
  });
});
