/**
 * The platform under steady load: what each service still holds once all garbage is gone does not grow with what it has
 * handled. Prints what each holds, MB, before and after.
 */
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { heapBytes, inspected } from './platform/heap.ts';
import { type Platform, type ServiceName, services, startPlatform } from './platform/platform.ts';
import { startTraffic } from './platform/traffic.ts';

/** Event time goes on by a second an event, and windows stay for two days: after three there are no more of them. */
const WARM_EVENTS = 250_000;
const LATER_EVENTS = 750_000;
const PATIENCE = { timeout: 900_000, interval: 500 } as const;
/** An object of an event that stays takes 36 bytes at least; what waits for the next checkpoint comes and goes by 4 MB. */
const BYTES_AN_EVENT_MAX = 16;

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform({ settings: inspected });
  for (const name of services) await platform.replicas[name].scaleTo(1);
}, 300_000);
afterAll(() => platform?.end());

test('what a service holds does not grow with what it has handled', {
  timeout: 2_000_000,
}, async () => {
  const { door, database, replicas } = platform;
  const traffic = startTraffic({
    ...{ doorUrl: door.url, database },
    ...{ clients: 4, batchEvents: 100, intervalMs: 50 },
  });
  onTestFinished(() => traffic.stop().then(() => undefined));
  const taken = () => traffic.report().accepted;
  const held = async (): Promise<ReadonlyMap<ServiceName, number>> => {
    const found = new Map<ServiceName, number>();
    for (const name of services) found.set(name, await heapBytes(replicas[name].running()[0]!));
    const shown = [...found].map(([name, bytes]) => `${name} ${(bytes / 1e6).toFixed(1)}`);
    console.log(`${taken()} events, ${traffic.report().changes} changes: ${shown.join(', ')} MB`);
    return found;
  };
  await expect.poll(taken, PATIENCE).toBeGreaterThan(WARM_EVENTS);
  const before = await held();
  await expect.poll(taken, PATIENCE).toBeGreaterThan(LATER_EVENTS);
  const after = await held();
  const grownBy = (name: ServiceName) =>
    (after.get(name)! - before.get(name)!) / (LATER_EVENTS - WARM_EVENTS);
  expect(services.filter((name) => grownBy(name) > BYTES_AN_EVENT_MAX)).toEqual([]);
});
