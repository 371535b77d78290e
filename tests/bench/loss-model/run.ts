/**
 * The model of `millrace size loss` beside what it models: sinks on one machine under a steady load, one of them killed, one
 * stopped for a while, and one that is the only one. Prints both; how far they are apart is what the model is worth.
 * `node tests/bench/loss-model/run.ts [records a second]`
 */
import { type LossOutcome, type LossScenario, simulateLoss } from '@millrace/cli';
import { startStack } from '@millrace/stack';
import {
  createFlightsWorld,
  type FlightsWorld,
  pace,
  type ServiceProcess,
  startService,
} from '@millrace/testkit';

const [rate = 2_000] = process.argv.slice(2).map(Number);
const PARTITIONS = 12;
const SESSION_TIMEOUT_MS = 10_000;
const BATCH = 20;
const CALM_MS = 15_000;
const AFTER_MS = 40_000;

const stack = await startStack({ backend: 'embedded' });

interface Measured {
  readonly before: string;
  readonly during: string;
  readonly caughtUpMs: number;
}

const lateness = async (world: FlightsWorld, fromMs: number, toMs: number): Promise<string> => {
  const [row] = await world.database.query<{ p50: number; p99: number; worst: number }>(
    `SELECT toInt32(quantileExact(0.5)(ms)) AS p50, toInt32(quantileExact(0.99)(ms)) AS p99, toInt32(max(ms)) AS worst
     FROM (${latenessOf(world)}) WHERE at BETWEEN ${fromMs} AND ${toMs}`,
  );
  return `p50 ${row!.p50}, p99 ${row!.p99}, worst ${row!.worst} ms`;
};

const latenessOf = ({ contract }: FlightsWorld): string =>
  `SELECT toUnixTimestamp64Milli(_produced_at) AS at, toUnixTimestamp64Milli(_ingested_at) - at AS ms
   FROM ${contract.warehouse.table}`;

/** Sends at the rate until the change is over and looked at; `change` tells when what was lost is made up for. */
const measure = async (world: FlightsWorld, change: () => Promise<void>): Promise<Measured> => {
  let sent = 0;
  let isSending = true;
  const startedMs = Date.now();
  const sending = (async () => {
    while (isSending) {
      const due = ((Date.now() - startedMs) / 1_000) * rate;
      while (sent < due) {
        await world.send(sent, BATCH);
        sent += BATCH;
      }
      await pace(2);
    }
  })();
  await pace(CALM_MS);
  const lossMs = Date.now();
  await change();
  await pace(AFTER_MS);
  isSending = false;
  await sending;
  while ((await world.landed()).rows < sent) await pace(200);
  const [late] = await world.database.query<{ until: number }>(
    `SELECT max(at + ms) AS until FROM (${latenessOf(world)}) WHERE at >= ${lossMs} AND ms > 1000`,
  );
  const untilMs = Math.max(lossMs, late?.until ?? 0);
  return {
    before: await lateness(world, startedMs + 5_000, lossMs - 1_000),
    during: await lateness(world, lossMs, Math.max(untilMs, lossMs + 1_000)),
    caughtUpMs: untilMs - lossMs,
  };
};

const modelled = (scenario: Partial<LossScenario>): LossOutcome =>
  simulateLoss({
    ...{ recordsPerSecond: rate, partitions: PARTITIONS, tables: 1, brokers: 1, shards: 1 },
    ...{ sinks: 2, coresPerShard: 2, outageMs: SESSION_TIMEOUT_MS, returns: false, seed: 1 },
    ...{ lossAtMs: CALM_MS, durationMs: CALM_MS + AFTER_MS, lose: 'sink' },
    ...scenario,
  });

const show = (name: string, of: Measured, model: LossOutcome): void => {
  const line = ({ p50, p99, worst }: LossOutcome['before']) =>
    `p50 ${p50}, p99 ${p99}, worst ${worst} ms`;
  console.log(`${name}
  before:  measured ${of.before}; model ${line(model.before)}
  after:   measured ${of.during}; model ${line(model.during)}
  caught up: measured ${of.caughtUpMs} ms, model ${model.caughtUpMs} ms`);
};

const withSinks = async (
  count: number,
  run: (
    world: FlightsWorld,
    sinks: ServiceProcess[],
    start: () => Promise<ServiceProcess>,
  ) => Promise<void>,
): Promise<void> => {
  const world = await createFlightsWorld(stack.endpoints, { partitions: PARTITIONS });
  const start = () =>
    startService('sink', {
      ...world.env,
      MILLRACE_SINK_SESSION_TIMEOUT: `${SESSION_TIMEOUT_MS}ms`,
    });
  const sinks = await Promise.all(Array.from({ length: count }, start));
  try {
    await Promise.all(sinks.map((sink) => sink.ready()));
    await run(world, sinks, start);
  } finally {
    for (const sink of sinks) sink.kill('SIGKILL');
    await world.drop();
  }
};

try {
  await withSinks(2, async (world, [, victim]) => {
    const measured = await measure(world, async () => victim!.kill('SIGKILL'));
    show(
      `one of two sinks killed at ${rate} records/s, nobody in its place`,
      measured,
      modelled({}),
    );
  });
  await withSinks(1, async (world, sinks, start) => {
    let outageMs = 0;
    const measured = await measure(world, async () => {
      const fromMs = Date.now();
      await sinks[0]!.stop();
      await pace(20_000);
      sinks[0] = await start();
      await sinks[0].ready();
      outageMs = Date.now() - fromMs;
    });
    const model = modelled({
      sinks: 1,
      returns: true,
      outageMs,
      durationMs: CALM_MS + outageMs + AFTER_MS,
    });
    show(`the only sink stopped for ${outageMs} ms`, measured, model);
  });
} finally {
  await stack.stop();
}
