import { MillraceError } from '@millrace/contracts';
import { silentLogger, systemClock } from '@millrace/pipeline';
import { createMetrics } from '@millrace/runtime';
import { expect, test } from 'vitest';
import { createIngestMetrics } from '../metrics.ts';
import { createQueryableWatch } from './queryable-watch.ts';

const never = new AbortController().signal;
const orders = [{ topic: 'orders', partitions: [0] }];

/** A cluster of which the test says what has arrived and what the sink has committed. */
const world = () => {
  const high = { orders: 5, other: 7 } as Record<string, number>;
  const committed = { orders: 0, other: 7 } as Record<string, number>;
  const asked = { ends: 0, commits: 0 };
  let failing = 0;
  const watch = createQueryableWatch({
    sinkGroup: 'sink',
    admin: {
      partitionOffsets: async (topic) => {
        asked.ends += 1;
        return [0, 1].map((partition) => ({
          ...{ topic, partition, low: 0 },
          high: high[topic]!,
          stable: high[topic]!,
        }));
      },
      committedOffsets: async (group, topics) => {
        expect(group).toBe('sink');
        asked.commits += 1;
        if (failing-- > 0)
          throw new MillraceError('kafka.unavailable', 'moving', { retryable: true });
        return topics.map((topic) => ({
          ...{ topic, partition: 0, metadata: '' },
          offset: committed[topic]!,
        }));
      },
    },
    metrics: createIngestMetrics(createMetrics('ingest')),
    clock: systemClock,
    logger: silentLogger,
  });
  return { watch, high, committed, asked, fail: (times: number) => (failing = times) };
};

test('it is told when the sink has committed what stood there when it asked, not what came after', async () => {
  const { watch, high, committed, asked } = world();
  const waiting = watch.wait(orders, 60_000, never);
  await expect.poll(() => asked.commits).toBeGreaterThan(0);
  high['orders'] = 100;
  committed['orders'] = 4;
  const looks = asked.commits;
  await expect.poll(() => asked.commits).toBeGreaterThan(looks + 1);
  committed['orders'] = 5;
  expect(await waiting).toBe(true);
});

test('many who wait cost one look, and one reading of the ends', async () => {
  const { watch, committed, asked } = world();
  const waiting = Array.from({ length: 500 }, () => watch.wait(orders, 60_000, never));
  await expect.poll(() => asked.commits).toBeGreaterThan(2);
  expect(asked.ends).toBeLessThanOrEqual(2);
  committed['orders'] = 5;
  expect(new Set(await Promise.all(waiting))).toEqual(new Set([true]));
});

test('all places must be passed; a partition that the sink never committed is not', async () => {
  const { watch, committed } = world();
  committed['orders'] = 5;
  const both = [...orders, { topic: 'other', partitions: [0] }];
  expect(await watch.wait(both, 60_000, never)).toBe(true);
  expect(await watch.wait([{ topic: 'orders', partitions: [1] }], 100, never)).toBe(false);
});

test('the bound, a client that leaves and a door that stops each end it', async () => {
  const { watch } = world();
  expect(await watch.wait(orders, 30, never)).toBe(false);
  const leaving = new AbortController();
  const left = watch.wait(orders, 60_000, leaving.signal);
  leaving.abort();
  expect(await left).toBe(false);
  const stopped = watch.wait(orders, 60_000, never);
  watch.close();
  expect(await stopped).toBe(false);
  expect(await watch.wait(orders, 60_000, never)).toBe(false);
});

test('a look that fails is made again', async () => {
  const { watch, committed, fail } = world();
  committed['orders'] = 5;
  fail(3);
  expect(await watch.wait(orders, 60_000, never)).toBe(true);
});
