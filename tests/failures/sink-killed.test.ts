/** The sink is killed at random moments while records arrive: every one is in ClickHouse exactly once. */
import { type RunningStack, startStack } from '@millrace/stack';
import {
  createFlightsWorld,
  evictMembers,
  type FlightsWorld,
  momentOfChance,
  pace,
  startService,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

let stack: RunningStack;
let world: FlightsWorld;

beforeAll(async () => {
  stack = await startStack({ backend: 'embedded' });
  world = await createFlightsWorld(stack.endpoints);
});
afterAll(async () => {
  await world?.drop();
  await stack?.stop();
});

const KILLS = 8;
/** Long enough that most lives get to insert something, and short enough to end in the middle of it. */
const LIFE_MS_MAX = 900;

test('the sink killed again and again lands every record exactly once', async () => {
  let sent = 0;
  let isKilling = true;
  const sending = (async () => {
    while (isKilling) {
      await world.send(sent, 2_000);
      sent += 2_000;
      await pace(100);
    }
  })();
  for (let kill = 0; kill < KILLS; kill += 1) {
    const sink = await startService('sink', world.env);
    await sink.ready();
    await momentOfChance(0, LIFE_MS_MAX);
    sink.kill('SIGKILL');
    await sink.exited;
    // The next life need not wait for the broker to give this one up; the sinks of the other tests do.
    await evictMembers(stack.endpoints.kafkaBrokers, world.group);
  }
  isKilling = false;
  await sending;
  const last = await startService('sink', world.env);
  await expect
    .poll(() => world.landed(), { interval: 200 })
    .toEqual({ rows: sent, positions: sent, flights: sent });
  await last.stop();
});

test('two sinks share the partitions, one is killed, and the other lands the rest exactly once', async () => {
  const { rows } = await world.landed();
  const env = { ...world.env, MILLRACE_SINK_SESSION_TIMEOUT: '6s' };
  const [first, second] = await Promise.all([startService('sink', env), startService('sink', env)]);
  await Promise.all([first.ready(), second.ready()]);
  await world.send(rows, 20_000);
  first.kill('SIGKILL');
  await world.send(rows + 20_000, 20_000);
  const total = rows + 40_000;
  await expect
    .poll(() => world.landed(), { interval: 200 })
    .toEqual({ rows: total, positions: total, flights: total });
  await second.stop();
});

test('a sink that was suspended while another took over changes nothing when it wakes (F5)', async () => {
  const { rows } = await world.landed();
  const env = { ...world.env, MILLRACE_SINK_SESSION_TIMEOUT: '6s' };
  const stalled = await startService('sink', env);
  await stalled.ready();
  const sending = world.send(rows, 30_000);
  await expect
    .poll(async () => (await world.landed()).rows, { interval: 20 })
    .toBeGreaterThan(rows);
  stalled.kill('SIGSTOP');
  await sending;
  const heir = await startService('sink', env);
  const total = rows + 30_000;
  await expect
    .poll(() => world.landed(), { interval: 200 })
    .toEqual({ rows: total, positions: total, flights: total });
  stalled.kill('SIGCONT');
  await world.send(total, 10_000);
  const after = total + 10_000;
  await expect
    .poll(() => world.landed(), { interval: 200 })
    .toEqual({ rows: after, positions: after, flights: after });
  await Promise.all([stalled.stop(), heir.stop()]);
  expect(await world.landed()).toEqual({ rows: after, positions: after, flights: after });
});
