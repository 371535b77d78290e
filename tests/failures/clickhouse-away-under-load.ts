/** ClickHouse goes away while events are sent, stays away, and comes back. For a while in CI, for ten minutes in tests/long. */
import { type RunningStack, residentBytes, startStack } from '@millrace/stack';
import {
  createFlightsWorld,
  type FaultProxy,
  pace,
  startFaultProxy,
  startService,
} from '@millrace/testkit';
import { expect } from 'vitest';

const MB = 1e6;
/** Events of one send, and how often: 4,000 a second. */
const BATCH = 400;
const INTERVAL_MS = 100;
const RESIDENT_BYTES_MAX = 400 * MB;

interface Reach {
  readonly stack: RunningStack;
  readonly proxy: FaultProxy;
}

/** How ClickHouse goes away, and how it returns. */
export const clickhouseOutages = {
  killed: {
    begin: ({ stack }: Reach) => stack.kill('clickhouse'),
    end: ({ stack }: Reach) => stack.restart('clickhouse'),
  },
  frozen: {
    begin: async ({ stack }: Reach) => stack.signal('clickhouse', 'SIGSTOP'),
    end: async ({ stack }: Reach) => stack.signal('clickhouse', 'SIGCONT'),
  },
  /** The network between takes what is sent and passes nothing, in either direction. */
  'half-open': {
    begin: async ({ proxy }: Reach) => proxy.stall(),
    end: async ({ proxy }: Reach) => {
      proxy.cut();
      proxy.restore();
    },
  },
} as const;

/**
 * Asserts that while ClickHouse is away for `awayMs` the sink's memory is bounded, and that afterwards every event is there once. Prints
 * memory, paused partitions, and how long it took to catch up.
 */
export const expectClickHouseAwayIsHarmless = async (
  outage: keyof typeof clickhouseOutages,
  awayMs: number,
): Promise<void> => {
  const stack = await startStack({ backend: 'embedded' });
  const world = await createFlightsWorld(stack.endpoints, { partitions: 12 });
  const proxy = await startFaultProxy({ target: world.database.url });
  const reach = { stack, proxy };
  try {
    const sink = await startService('sink', {
      ...world.env,
      MILLRACE_CLICKHOUSE_URL: proxy.url,
      MILLRACE_SINK_INSERT_TIMEOUT: '5s',
      MILLRACE_SINK_BUFFER_BYTES: '8MiB',
    });
    await sink.ready();
    let sent = 0;
    let residentMax = 0;
    const send = async (): Promise<void> => {
      await world.send(sent, BATCH);
      sent += BATCH;
      residentMax = Math.max(residentMax, residentBytes(sink.pid) ?? 0);
      await pace(INTERVAL_MS);
    };
    const landed = () => world.landed().catch(() => undefined);
    for (let batch = 0; batch < 20; batch += 1) await send();
    await expect.poll(async () => (await landed())?.rows).toBeGreaterThan(0);
    const residentBefore = residentMax;

    const busy = (async () => {
      for (let batch = 0; batch < 10; batch += 1) await send();
    })();
    await clickhouseOutages[outage].begin(reach);
    await busy;
    let pausedMax = 0;
    for (const startedMs = performance.now(); performance.now() - startedMs < awayMs; ) {
      await send();
      if (sent % (20 * BATCH) !== 0) continue;
      const paused = await sink.metric('millrace_sink_paused_partitions');
      pausedMax = Math.max(pausedMax, paused ?? 0);
    }
    await clickhouseOutages[outage].end(reach);
    const backMs = performance.now();
    const all = { rows: sent, positions: sent, flights: sent };
    await expect.poll(landed, { timeout: 300_000, interval: 200 }).toEqual(all);
    const caughtUpMs = performance.now() - backMs;
    console.log(
      `ClickHouse ${outage} for ${Math.round(awayMs / 1000)} s: ${sent} events, RSS ${Math.round(residentBefore / MB)} MB before and ` +
        `${Math.round(residentMax / MB)} MB at most, ${pausedMax} partitions paused, all there ${(caughtUpMs / 1000).toFixed(1)} s after it was back`,
    );
    expect(residentMax).toBeLessThan(RESIDENT_BYTES_MAX);
    await sink.ready();
    expect((await sink.stop()).code).toBe(0);
    expect(await landed()).toEqual(all);
  } finally {
    await proxy.close();
    await world.drop().catch(() => undefined);
    await stack.stop();
  }
};
