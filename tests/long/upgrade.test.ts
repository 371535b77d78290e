/**
 * From the version before to this one with data in flight, service by service in the order that docs/operations/upgrades.md
 * gives, instance by instance, and back again. Between the two, both versions work side by side. Afterwards every event is
 * there once, the dimension is its table, and the transform's results are those of the facts: no offset, no state was lost.
 * MILLRACE_PREVIOUS names another version to come from.
 */
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import * as audit from './platform/audit.ts';
import {
  type Platform,
  type ServiceName,
  startPlatform,
  thisVersion,
} from './platform/platform.ts';
import { type Checkout, checkOut, previousReference } from './platform/previous-version.ts';
import { watchResults } from './platform/results-watch.ts';
import { startTraffic } from './platform/traffic.ts';

const PATIENCE = { timeout: 300_000, interval: 200 } as const;

/** Who reads comes before who writes: what a new writer says, its reader must know. */
const ORDER: readonly ServiceName[] = ['sink', 'stream-transform', 'cdc', 'ingest'];

let previous: Checkout;
let platform: Platform;

beforeAll(async () => {
  previous = await checkOut(await previousReference());
  platform = await startPlatform({ root: previous.root });
}, 900_000);
afterAll(async () => {
  await platform?.end();
  await previous?.remove();
});

test('upgraded service by service under load, and back again, the platform loses and doubles nothing', async () => {
  const { replicas, warehouse, database } = platform;
  // One after the other: of two that make an internal topic at once, one may not see it yet and ends.
  for (const count of [1, 2]) for (const name of ORDER) await replicas[name].scaleTo(count);
  const traffic = startTraffic({
    ...{ doorUrl: platform.door.url, database },
    ...{ clients: 3, batchEvents: 20, intervalMs: 150 },
  });
  const results = watchResults(warehouse, traffic);
  onTestFinished(async () => {
    await Promise.all([traffic.stop(), results.stop()]);
  });
  const flows = async (): Promise<void> => {
    const { accepted } = traffic.report();
    const arrived = async () => {
      const { flights, counted } = await audit.arrived(warehouse);
      return Math.min(flights, counted);
    };
    await expect.poll(arrived, PATIENCE).toBeGreaterThanOrEqual(accepted + 100);
  };
  const roll = async (name: ServiceName, root: string, way: string): Promise<void> => {
    const fromMs = Date.now();
    platform.use(name, root);
    await replicas[name].roll();
    await flows();
    const late = await audit.freshness(warehouse, fromMs, Date.now());
    console.log(`${name} ${way}: ${late}, ${results.since(fromMs)}`);
  };
  await flows();

  // Contracts first: what this version derives from the same files must be there, or be made, before it starts.
  await platform.applyContracts(thisVersion);
  for (const name of ORDER) await roll(name, thisVersion, 'upgraded');
  for (const name of ORDER.toReversed()) await roll(name, previous.root, 'taken back');
  for (const name of ORDER) await roll(name, thisVersion, 'upgraded again');

  const { accepted, lost, answers, changes } = await traffic.stop();
  await results.stop();
  await audit.expectExact({ warehouse, database, accepted }, PATIENCE);
  expect(lost).toEqual([]);
  console.log(
    `from ${previous.name}: ${accepted} events, ${changes} changes, answers ${JSON.stringify(answers)}`,
  );
  await Promise.all(ORDER.map((name) => replicas[name].stop()));
});
