/**
 * What it costs ClickHouse to be asked by the sink how it bears the inserts: a real sink with two tables, asking ten
 * times a second for ten seconds, and the CPU of its questions out of the server's own query log.
 *
 *   node tests/bench/sink-probes/run.ts [rows = 100000]
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { startStack } from '@millrace/stack';
import { createFlightsWorld, startService } from '@millrace/testkit';

const rows = Number(process.argv[2] ?? 100_000);
const MEASURED_MS = 10_000;

const stack = await startStack({ backend: 'embedded' });
try {
  const world = await createFlightsWorld(stack.endpoints);
  await world.send(0, rows);
  const sink = await startService('sink', { ...world.env, MILLRACE_SINK_PROBE_INTERVAL: '100ms' });
  await sink.ready();
  while ((await world.landed()).rows < rows) await sleep(200);
  const from = new Date().toISOString().slice(0, 19).replace('T', ' ');
  await sleep(MEASURED_MS);
  const seconds = await sink.metric('millrace_sink_probe_duration_seconds');
  await world.database.execute('SYSTEM FLUSH LOGS');
  const [cost] = await world.database.query<{ rounds: number; cpu_ms: number; questions: number }>(
    `SELECT countIf(query LIKE '%FROM system.disks%') AS rounds, count() / rounds AS questions,
       sum(ProfileEvents['OSCPUVirtualTimeMicroseconds']) / 1000 / rounds AS cpu_ms
     FROM system.query_log
     WHERE type = 'QueryFinish' AND query_kind = 'Select' AND event_time >= toDateTime('${from}', 'UTC')
       AND (has(databases, 'system') OR query LIKE '%_part = %') AND query NOT LIKE '%query_log%'`,
  );
  process.stdout.write(
    `${cost?.rounds} rounds of ${cost?.questions.toFixed(1)} questions: ${cost?.cpu_ms.toFixed(1)} ms of the server's CPU a round; the last took ${((seconds ?? 0) * 1_000).toFixed(0)} ms\n`,
  );
  await sink.stop();
  await world.drop();
} finally {
  await stack.stop();
}
