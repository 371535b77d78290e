/**
 * Several sinks share the partitions while events keep coming: they join, leave, are killed, are put out of the group and are
 * suspended. Each event is there once, and every partition has an owner again. Prints how late events were in each phase, which is
 * what a rebalance costs.
 */
import { type RunningStack, startStack } from '@millrace/stack';
import {
  createFlightsWorld,
  evictMembers,
  type FlightsWorld,
  type ServiceProcess,
  startService,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

/** Eight phases, each with a session to wait for at most. */
vi.setConfig({ testTimeout: 600_000 });

const PARTITIONS = 12;
/** Of sinks that are suspended: their sessions are waited for. */
const SHORT_SESSION = '6s';
/** Of the one that is killed: longer than the whole test, so that it is replaced by those that watch it or not at all. */
const LONG_SESSION = '30m';

let stack: RunningStack;
let world: FlightsWorld;
const started: ServiceProcess[] = [];

beforeAll(async () => {
  stack = await startStack({ backend: 'embedded' });
  world = await createFlightsWorld(stack.endpoints, { partitions: PARTITIONS });
});
afterAll(async () => {
  for (const sink of started) sink.kill('SIGKILL');
  await world?.drop();
  await stack?.stop();
});

const start = async (session = SHORT_SESSION): Promise<ServiceProcess> => {
  const sink = await startService('sink', {
    ...world.env,
    MILLRACE_SINK_SESSION_TIMEOUT: session,
  });
  started.push(sink);
  await sink.ready();
  return sink;
};

/** Partitions of the departures that a sink says it owns. */
async function owned(sink: ServiceProcess): Promise<readonly number[]> {
  const response = await fetch(`${sink.adminUrl}/metrics`).catch(() => undefined);
  const text = (await response?.text()) ?? '';
  const ofTopic = `millrace_sink_lag_records\\{topic="${world.contract.topic.name}",partition="(\\d+)"`;
  return [...text.matchAll(new RegExp(ofTopic, 'g'))].map((match) => Number(match[1]));
}

/** Waits until these sinks own every partition, none twice; answers how long that took, ms. */
async function shared(...sinks: ServiceProcess[]): Promise<number> {
  const fromMs = performance.now();
  const all = Array.from({ length: PARTITIONS }, (_, partition) => partition);
  await expect
    .poll(async () => (await Promise.all(sinks.map(owned))).flat().toSorted((a, b) => a - b), {
      interval: 50,
    })
    .toEqual(all);
  return performance.now() - fromMs;
}

/** How many members these sinks put out of the group, taking their processes for dead. */
async function evicted(...sinks: ServiceProcess[]): Promise<number> {
  const each = sinks.map((sink) => sink.metric('millrace_sink_evicted_members_total'));
  return (await Promise.all(each)).reduce<number>((sum, count) => sum + (count ?? Number.NaN), 0);
}

/** How long events sent since then took to land, as far as they have. */
async function lateness(fromMs: number): Promise<string> {
  const [late] = await world.database.query<{ p50: number; p99: number; worst: number }>(
    `SELECT toUInt32(quantileExact(0.5)(ms)) AS p50, toUInt32(quantileExact(0.99)(ms)) AS p99, toUInt32(max(ms)) AS worst
     FROM (SELECT toUnixTimestamp64Milli(_ingested_at) - toUnixTimestamp64Milli(_produced_at) AS ms
           FROM ${world.contract.warehouse.table}
           WHERE toUnixTimestamp64Milli(_produced_at) >= ${fromMs})`,
  );
  return `events p50 ${late!.p50} ms, p99 ${late!.p99} ms, latest ${late!.worst} ms`;
}

test('sinks that join, leave, are killed and are suspended under load land each event once (three of them, 12 partitions)', async () => {
  const sending = world.keepSending(0, { count: 100, everyMs: 50 });
  const phase = async (name: string, change: () => Promise<readonly ServiceProcess[]>) => {
    const fromMs = Date.now();
    const sinks = await change();
    const ownedMs = await shared(...sinks);
    // Long enough to see the partitions flow again.
    const seen = (await world.landed()).rows;
    await expect
      .poll(async () => (await world.landed()).rows, { interval: 100 })
      .toBeGreaterThan(seen + 1_000);
    console.log(`${name}: all owned after ${Math.round(ownedMs)} ms; ${await lateness(fromMs)}`);
  };

  const first = await start();
  await phase('one alone', async () => [first]);
  const second = await start();
  await phase('a second joined', async () => [first, second]);
  const third = await start(LONG_SESSION);
  await phase('a third joined', async () => [first, second, third]);
  await phase('one left in order', async () => {
    expect((await second.stop()).code).toBe(0);
    return [first, third];
  });
  const watched = () => first.metric('millrace_sink_peer_connections');
  await expect.poll(watched).toBe(1);
  expect(await evicted(first, third)).toBe(0);
  await phase('one was killed', async () => {
    third.kill('SIGKILL');
    await third.exited;
    return [first];
  });
  expect(await evicted(first)).toBe(1);
  const fourth = await start();
  await phase('another joined', async () => [first, fourth]);
  await phase('both were put out though they live', async () => {
    await evictMembers(stack.endpoints.kafkaBrokers, world.group);
    return [first, fourth];
  });
  await phase('one was suspended', async () => {
    first.kill('SIGSTOP');
    return [fourth];
  });
  expect(await evicted(fourth)).toBe(0);
  await phase('it woke up', async () => {
    first.kill('SIGCONT');
    return [first, fourth];
  });
  const sent = await sending.stop();
  await expect
    .poll(() => world.landed(), { interval: 200 })
    .toEqual({ rows: sent, positions: sent, flights: sent });
  await Promise.all([first.stop(), fourth.stop()]);
  expect(await world.landed()).toEqual({ rows: sent, positions: sent, flights: sent });
});
