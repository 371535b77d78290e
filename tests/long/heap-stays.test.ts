/**
 * The platform under steady load, and its console asked all the while: what each service still holds once all garbage is gone
 * does not grow with what it has handled. Prints what each holds, MB, before and after.
 */
import { pace, type ServiceProcess, startService } from '@millrace/testkit';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { heapBytes, inspected } from './platform/heap.ts';
import { type Platform, services, startPlatform } from './platform/platform.ts';
import { startTraffic } from './platform/traffic.ts';

/** Event time goes on by a second an event, and windows stay for two days: after three there are no more of them. */
const WARM_EVENTS = 250_000;
const LATER_EVENTS = 750_000;
const PATIENCE = { timeout: 900_000, interval: 500 } as const;
/** An object of an event that stays takes 36 bytes at least; what waits for the next checkpoint comes and goes by 4 MB. */
const BYTES_AN_EVENT_MAX = 16;

const asked = [
  ...[
    'streams',
    'lag',
    'flow',
    'tables',
    'transforms',
    'captures',
    'catalog',
    'catalog/flights.departed',
  ],
  ...['quality/rules', 'quality/results', 'quality/gates', 'dead-letters', 'dead-letters/reasons'],
];

let platform: Platform;
let quality: ServiceProcess;

beforeAll(async () => {
  platform = await startPlatform({ settings: inspected });
  for (const name of services) await platform.replicas[name].scaleTo(1);
  quality = await startService('quality', platform.env);
  await quality.ready();
}, 300_000);
afterAll(async () => {
  await quality?.stop();
  await platform?.end();
});

/** What a console with open pages asks, over and over until it is stopped; resolves with the number of answers. */
const look = (): { stop(): Promise<number> } => {
  let isOver = false;
  const looking = (async () => {
    let answers = 0;
    while (!isOver) {
      for (const page of asked) {
        const answer = await fetch(`${quality.url}/api/v1/${page}`);
        await answer.arrayBuffer();
        // Before the first round has been measured some say so by 503.
        if (answer.ok) answers += 1;
      }
      await pace(200);
    }
    return answers;
  })();
  return {
    stop: () => {
      isOver = true;
      return looking;
    },
  };
};

test('what a service holds does not grow with what it has handled', {
  timeout: 2_000_000,
}, async () => {
  const { door, database, replicas } = platform;
  const traffic = startTraffic({
    ...{ doorUrl: door.url, database },
    ...{ clients: 4, batchEvents: 100, intervalMs: 50 },
  });
  const pages = look();
  onTestFinished(() => Promise.all([traffic.stop(), pages.stop()]).then(() => undefined));
  const taken = () => traffic.report().accepted;
  const held = async (): Promise<ReadonlyMap<string, number>> => {
    const found = new Map<string, number>();
    for (const name of services) found.set(name, await heapBytes(replicas[name].running()[0]!));
    found.set('quality', await heapBytes(quality));
    const shown = [...found].map(([name, bytes]) => `${name} ${(bytes / 1e6).toFixed(1)}`);
    console.log(`${taken()} events, ${traffic.report().changes} changes: ${shown.join(', ')} MB`);
    return found;
  };
  await expect.poll(taken, PATIENCE).toBeGreaterThan(WARM_EVENTS);
  const before = await held();
  await expect.poll(taken, PATIENCE).toBeGreaterThan(LATER_EVENTS);
  const after = await held();
  const answers = await pages.stop();
  console.log(`${answers} pages of the console`);
  expect(answers).toBeGreaterThan(100 * asked.length);
  const grownBy = (name: string) =>
    (after.get(name)! - before.get(name)!) / (LATER_EVENTS - WARM_EVENTS);
  expect([...after.keys()].filter((name) => grownBy(name) > BYTES_AN_EVENT_MAX)).toEqual([]);
});
