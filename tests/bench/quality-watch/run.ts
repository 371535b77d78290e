/**
 * node tests/bench/quality-watch/run.ts [minutes] [topics] [partitions] [groups] [topics per group]: what watching costs. The
 * quality service as a process on a real broker with 500 topics of 12 partitions and 200 groups (when left out), its CPU, memory
 * and requests from the first moment of its second start on; on the servers of the environment, or its own. With PROFILE=directory it writes a
 * profile of its CPU there when it ends.
 */
import { join } from 'node:path';
import { silentLogger } from '@millrace/pipeline';
import { startStack } from '@millrace/stack';
import { createClickHouseDatabase, type ServiceProcess, startService } from '@millrace/testkit';
import { anonymousBytes, processUsage, residentBytes } from '../process-usage.ts';
import { createWatchedWorld } from './world.ts';

const [minutes = 6, topics = 500, partitions = 12, groups = 200, topicsPerGroup = 5] = process.argv
  .slice(2)
  .map(Number);
const profile = process.env['PROFILE'];
const brokers = process.env['MILLRACE_KAFKA_BROKERS'];
const stack = brokers === undefined ? await startStack({ backend: 'embedded' }) : undefined;
const kafkaBrokers = brokers ?? stack!.endpoints.kafkaBrokers;
const clickhouseUrl = process.env['MILLRACE_CLICKHOUSE_URL'] ?? stack!.endpoints.clickhouseUrl;
const registryUrl = process.env['MILLRACE_REGISTRY_URL'] ?? stack!.endpoints.registryUrl;
const size = { topics, partitions, groups, topicsPerGroup };
const connection = { brokers: kafkaBrokers.split(','), clientId: 'bench', logger: silentLogger };

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Until then the service compiles, meets everything for the first time, and finds its pace. */
const youngMinutes = 2;

interface Reading {
  readonly atMs: number;
  readonly cpuSeconds: number;
  readonly rounds: number;
  readonly roundSeconds: number;
  readonly requests: ReadonlyMap<string, number>;
}

const read = async (quality: ServiceProcess): Promise<Reading> => {
  const [atMs, { cpuSeconds }] = [performance.now(), processUsage(quality.pid)];
  const text = await (await fetch(`${quality.adminUrl}/metrics`)).text();
  const figure = (name: string) =>
    Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.split(' ')[1] ?? 0,
    );
  const requests = text.matchAll(
    /^millrace_quality_kafka_requests_total\{request="(\w+)"\} (\d+)/gm,
  );
  const duration = 'millrace_quality_watch_duration_seconds';
  return {
    ...{ atMs, cpuSeconds },
    rounds: figure(`${duration}_count{watch="lag"}`),
    roundSeconds: figure(`${duration}_sum{watch="lag"}`),
    requests: new Map([...requests].map(([, name, count]) => [name!, Number(count)])),
  };
};

const total = ({ requests }: Reading) => [...requests.values()].reduce((sum, one) => sum + one, 0);
const percent = (before: Reading, after: Reading) =>
  (((after.cpuSeconds - before.cpuSeconds) * 100_000) / (after.atMs - before.atMs)).toFixed(2);
const perSecond = (count: number, before: Reading, after: Reading) =>
  ((count * 1000) / (after.atMs - before.atMs)).toFixed(2);

const begun = performance.now();
const world = await createWatchedWorld(connection, size);
await world.step();
console.log(`the cluster stands after ${Math.round((performance.now() - begun) / 1000)} s`);
const database = await createClickHouseDatabase('watch', clickhouseUrl);
let isEnding = false;
const traffic = (async () => {
  while (!isEnding) {
    await world.step();
    await pause(3000);
  }
})();
const settings = {
  // As the `millrace` command has it: what was compiled at an earlier start is used again.
  NODE_COMPILE_CACHE: join(process.cwd(), 'node_modules/.cache/millrace'),
  ...{ MILLRACE_KAFKA_BROKERS: kafkaBrokers, MILLRACE_REGISTRY_URL: registryUrl },
  ...{ MILLRACE_CLICKHOUSE_URL: database.url, MILLRACE_PROJECT: process.cwd() },
  ...(profile !== undefined && {
    NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profile}`,
  }),
};
const earlier = await startService('quality', settings);
await earlier.ready();
await earlier.stop();
const quality = await startService('quality', settings);
await quality.ready();

const readings = [await read(quality)];
const rows: Record<string, string | number>[] = [];
console.log(`ready with ${readings[0]!.cpuSeconds.toFixed(2)} CPU seconds`);
for (let at = 0; at < minutes; at += 0.5) {
  await pause(Math.min(0.5, minutes - at) * 60_000);
  const [before, now] = [readings.at(-1)!, await read(quality)];
  readings.push(now);
  const rounds = now.rounds - before.rounds;
  rows.push({
    minute: at + 0.5,
    'CPU, % of a core': percent(before, now),
    rounds,
    'ms a round': Math.round(
      ((now.roundSeconds - before.roundSeconds) * 1000) / Math.max(1, rounds),
    ),
    'requests/s': perSecond(total(now) - total(before), before, now),
    'RSS, MB': Math.round(residentBytes(quality.pid) / 1e6),
    'RSS peak, MB': Math.round(processUsage(quality.pid).peakResidentBytes / 1e6),
    'anonymous, MB': Math.round(anonymousBytes(quality.pid) / 1e6),
  });
}
console.table(rows);
const young = readings[Math.min(youngMinutes * 2, readings.length - 1)]!;
const last = readings.at(-1)!;
console.log(`the first ${youngMinutes} minutes: ${percent(readings[0]!, young)} % of a core`);
if (last !== young) {
  console.log(`after them: ${percent(young, last)} % of a core; requests a second to the broker:`);
  const names = [...last.requests].map(([name, count]) => [
    name,
    Number(perSecond(count - (young.requests.get(name) ?? 0), young, last)),
  ]);
  console.table(Object.fromEntries(names));
}
const answer = await fetch(`${quality.url}/api/v1/lag`);
const text = await answer.text();
const report = JSON.parse(text) as { groups: { group: string; state: string; records: number }[] };
const watched = report.groups.filter(({ group }) => group.startsWith('bench.watch.'));
const states = Map.groupBy(watched, ({ state }) => state);
console.log(
  `/lag: ${text.length} bytes, ${watched.length} groups:`,
  Object.fromEntries([...states].map(([state, some]) => [state, some.length])),
);
isEnding = true;
await traffic;
await quality.stop();
await world.close();
await database.drop();
await stack?.stop();
