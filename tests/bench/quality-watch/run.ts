/**
 * node tests/bench/quality-watch/run.ts [seconds] [topics] [partitions] [groups] [topics per group]: what watching costs. The
 * quality service as a process on a real broker with 500 topics of 12 partitions and 200 groups (when left out), its CPU, memory
 * and requests, read from outside; on the servers of the environment, or its own.
 */
import { silentLogger } from '@millrace/pipeline';
import { startStack } from '@millrace/stack';
import { createClickHouseDatabase, startService } from '@millrace/testkit';
import { anonymousBytes, processUsage } from '../process-usage.ts';
import { createWatchedWorld } from './world.ts';

const [seconds = 180, topics = 500, partitions = 12, groups = 200, topicsPerGroup = 5] =
  process.argv.slice(2).map(Number);
const brokers = process.env['MILLRACE_KAFKA_BROKERS'];
const stack = brokers === undefined ? await startStack({ backend: 'embedded' }) : undefined;
const kafkaBrokers = brokers ?? stack!.endpoints.kafkaBrokers;
const clickhouseUrl = process.env['MILLRACE_CLICKHOUSE_URL'] ?? stack!.endpoints.clickhouseUrl;
const registryUrl = process.env['MILLRACE_REGISTRY_URL'] ?? stack!.endpoints.registryUrl;
const size = { topics, partitions, groups, topicsPerGroup };
const connection = { brokers: kafkaBrokers.split(','), clientId: 'bench', logger: silentLogger };

const begun = performance.now();
const world = await createWatchedWorld(connection, size);
await world.step();
console.log(`the cluster stands after ${Math.round((performance.now() - begun) / 1000)} s`);
const database = await createClickHouseDatabase('watch', clickhouseUrl);
const quality = await startService('quality', {
  ...{ MILLRACE_KAFKA_BROKERS: kafkaBrokers, MILLRACE_REGISTRY_URL: registryUrl },
  ...{ MILLRACE_CLICKHOUSE_URL: database.url, MILLRACE_PROJECT: process.cwd() },
});
await quality.ready();

let isEnding = false;
const traffic = (async () => {
  while (!isEnding) {
    await world.step();
    await new Promise((resolve) => setTimeout(resolve, 3000));
  }
})();
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const roundsOf = async () =>
  (await quality.metric('millrace_quality_watch_duration_seconds_count{watch="lag"}')) ?? 0;
const roundSecondsOf = async () =>
  (await quality.metric('millrace_quality_watch_duration_seconds_sum{watch="lag"}')) ?? 0;

// the first rounds compile, and meet everything for the first time
await pause(20_000);
const rows: Record<string, string | number>[] = [];
for (let at = 0; at < seconds; at += 30) {
  const [cpu, rounds, spent] = [
    processUsage(quality.pid).cpuSeconds,
    await roundsOf(),
    await roundSecondsOf(),
  ];
  const sinceMs = performance.now();
  await pause(Math.min(30, seconds - at) * 1000);
  const tookSeconds = (performance.now() - sinceMs) / 1000;
  const usage = processUsage(quality.pid);
  const madeRounds = (await roundsOf()) - rounds;
  rows.push({
    'CPU, % of a core': (((usage.cpuSeconds - cpu) / tookSeconds) * 100).toFixed(2),
    rounds: madeRounds,
    'ms a round': (((await roundSecondsOf()) - spent) * 1000) / Math.max(1, madeRounds),
    'interval, s': (await quality.metric('millrace_quality_lag_interval_seconds')) ?? 0,
    'RSS peak, MB': Math.round(usage.peakResidentBytes / 1e6),
    'anonymous, MB': Math.round(anonymousBytes(quality.pid) / 1e6),
  });
}
console.table(rows);
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
