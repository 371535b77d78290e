/**
 * Two instances of each service under load; those of one service at a time are replaced one after the other, killed, and
 * scaled. Afterwards each event is there once, the dimension is its table, and the transform's results are those of the
 * facts. Prints how late events, changes and results were in each phase (p50 / p99 / worst, ms): that is what a
 * deployment costs. Nothing is asserted of time: the first phase says what the machine is worth at the moment.
 */
import { pace } from '@millrace/testkit';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import * as audit from './platform/audit.ts';
import { type Platform, type ServiceName, services, startPlatform } from './platform/platform.ts';
import { type ResultsWatch, watchResults } from './platform/results-watch.ts';
import { startTraffic, type Traffic } from './platform/traffic.ts';

/** A machine that is busy with something else takes its time. */
const PATIENCE = { timeout: 300_000, interval: 200 } as const;
const CALM_MS = 20_000;

let platform: Platform;
let traffic: Traffic;
let results: ResultsWatch;
/** Of the tests before. */
let acceptedBefore = 0;

beforeAll(async () => {
  platform = await startPlatform();
  for (const name of services) await platform.replicas[name].scaleTo(2);
}, 900_000);
afterAll(() => platform?.end());

const phase = async (name: string, change: () => Promise<unknown>): Promise<void> => {
  const { warehouse } = platform;
  const fromMs = Date.now();
  await change();
  const changedMs = Date.now() - fromMs;
  const accepted = acceptedBefore + traffic.report().accepted;
  const flowed = async (): Promise<number> => {
    const { flights, counted } = await audit.arrived(warehouse);
    return Math.min(flights, counted);
  };
  // All that came during the change, and some that came after it.
  await expect.poll(flowed, PATIENCE).toBeGreaterThanOrEqual(accepted + 100);
  const late = await audit.freshness(warehouse, fromMs, Date.now());
  console.log(`${name} (${changedMs} ms): ${late}, ${results.since(fromMs)}`);
};

/** Traffic while the phases pass; then it ends, and everything is compared. */
const underLoad = async (phases: () => Promise<void>): Promise<void> => {
  const { warehouse, database, door } = platform;
  traffic = startTraffic({
    ...{ doorUrl: door.url, database, firstEvent: acceptedBefore },
    ...{ clients: 3, batchEvents: 20, intervalMs: 150 },
  });
  results = watchResults(warehouse, traffic, acceptedBefore);
  onTestFinished(async () => {
    await Promise.all([traffic.stop(), results.stop()]);
  });
  const fromMs = Date.now();
  await phases();
  const { accepted, lost, answers, changes } = await traffic.stop();
  acceptedBefore += accepted;
  await audit.expectExact({ warehouse, database, accepted: acceptedBefore }, PATIENCE);
  await results.stop();
  // What the doors answered besides is hidden by the client: no event was given up, none refused.
  expect(lost).toEqual([]);
  const { records } = await audit.totals(warehouse);
  console.log(
    `${accepted} events, ${changes} changes, answers ${JSON.stringify(answers)}, ${records - acceptedBefore} records twice on the topic so far; in all: ${await audit.freshness(warehouse, fromMs, Date.now())}`,
  );
};

test('two of each service under load, left alone, land each event once and make what the facts say', async () => {
  await underLoad(() => phase('nothing done', () => pace(CALM_MS)));
});

test.each(services)(
  '%s, replaced, killed and scaled under load, costs no event, doubles none, and changes no result',
  async (name: ServiceName) => {
    const replicas = platform.replicas[name];
    await underLoad(async () => {
      await phase(`${name} rolled`, () => replicas.roll());
      await phase(`${name} killed`, () => replicas.killEach());
      // One captures, whatever waits beside it.
      for (const count of name === 'cdc' ? [] : [3, 1, 2])
        await phase(`${name} to ${count}`, () => replicas.scaleTo(count));
    });
  },
);

test('all of them end in order', async () => {
  for (const name of services) await platform.replicas[name].stop();
});
