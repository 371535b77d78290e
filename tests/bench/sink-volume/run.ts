/**
 * What the sink costs: N flights on four partitions until all can be queried, then freshness at 1,000
 * events a second, each event from just before its send to the first SELECT that shows it. CPU is that of
 * the sink's process and of the ClickHouse server. A stack of its own; see README.md.
 *
 *   node tests/bench/sink-volume/run.ts [rows] [rounds] [freshness seconds]
 */
import { readFileSync } from 'node:fs';
import { readState, startStack } from '@millrace/stack';
import { createFlightsWorld, type FlightsWorld, startService } from '@millrace/testkit';

const rowCount = Number(process.argv[2] ?? 1_000_000);
const rounds = Number(process.argv[3] ?? 3);
const freshnessSeconds = Number(process.argv[4] ?? 15);
const TICKS_PER_SECOND = 100;
/** Settings of the sink that are set around the bench are tried as they are. */
const given = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => name.startsWith('MILLRACE_SINK_')),
) as Record<string, string>;

const stack = await startStack({ backend: 'embedded' });
try {
  const serverPid = readState(stack.dataDir)?.parts.clickhouse?.pid;
  if (serverPid === undefined) throw new Error('the stack does not tell the pid of ClickHouse');
  for (let round = 1; round <= rounds; round += 1) {
    console.log(`volume ${round}:`, await measureVolume(serverPid));
  }
  console.log('freshness:', await measureFreshness());
} finally {
  await stack.stop();
}

async function measureVolume(serverPid: number): Promise<string> {
  const world = await createFlightsWorld(stack.endpoints);
  await world.send(0, rowCount);
  const sink = await startService('sink', { ...world.env, ...given });
  while ((await rowsOf(world)) === 0) await pause(20);
  const first = { rows: await rowsOf(world), ...reading(sink.pid, serverPid) };
  while ((await rowsOf(world)) < rowCount) await pause(40);
  const last = reading(sink.pid, serverPid);
  const rssMiB = peakRssMiB(sink.pid);
  const landed = await world.landed();
  await sink.stop();
  await world.drop();
  if (landed.rows !== rowCount || landed.positions !== rowCount) {
    throw new Error(`landed ${JSON.stringify(landed)} of ${rowCount}`);
  }
  const rows = rowCount - first.rows;
  const seconds = (last.atMs - first.atMs) / 1_000;
  const micros = (ticks: number) => ((ticks / TICKS_PER_SECOND / rows) * 1e6).toFixed(2);
  return [
    `${Math.round(rows / seconds / 1_000)}k rows/s`,
    `CPU µs/row: sink ${micros(last.sink - first.sink)}, ClickHouse ${micros(last.server - first.server)}`,
    `sink RSS peak ${rssMiB} MiB`,
  ].join('; ');
}

async function measureFreshness(): Promise<string> {
  const world = await createFlightsWorld(stack.endpoints);
  const sink = await startService('sink', { ...world.env, ...given });
  await sink.ready();
  const topic = world.contract.topic.name;
  const sentAtMs: number[] = [];
  const ages: number[] = [];
  let isSending = true;
  const sending = (async () => {
    const startMs = performance.now();
    while (performance.now() - startMs < freshnessSeconds * 1_000) {
      const due = Math.floor(performance.now() - startMs) - sentAtMs.length;
      if (due > 0) {
        const from = sentAtMs.length;
        const nowMs = performance.now();
        const records = Array.from({ length: due }, (_, index) => world.departure(from + index));
        for (let index = 0; index < due; index += 1) sentAtMs.push(nowMs);
        await world.producer.send([{ topic, partition: from % 4, records }]);
      }
      await pause(5);
    }
    isSending = false;
  })();
  const shown = new Set<number>();
  while (isSending || shown.size < sentAtMs.length) {
    const ids = await idsSince(world, shown.size);
    const nowMs = performance.now();
    for (const id of ids) {
      if (shown.has(id)) continue;
      shown.add(id);
      ages.push(nowMs - sentAtMs[id]!);
    }
    await pause(10);
  }
  await sending;
  const parts = await partsOf(world);
  await sink.stop();
  await world.drop();
  ages.sort((a, b) => a - b);
  const quantile = (q: number) => Math.round(ages[Math.floor((ages.length - 1) * q)]!);
  return `p50 ${quantile(0.5)} ms, p99 ${quantile(0.99)} ms, max ${quantile(1)} ms; ${parts} inserts in ${freshnessSeconds} s`;
}

async function rowsOf(world: FlightsWorld): Promise<number> {
  const table = world.contract.warehouse.table;
  const sql = `SELECT toUInt32(count()) AS rows FROM ${table}`;
  const [row] = await world.database.query<{ rows: number }>(sql);
  return row!.rows;
}

/** Numbers of the flights shown, with a margin for partitions that run behind. */
async function idsSince(world: FlightsWorld, shown: number): Promise<readonly number[]> {
  const table = world.contract.warehouse.table;
  const id = 'toUInt32(substring(flight_id, 2))';
  const sql = `SELECT ${id} AS id FROM ${table} WHERE ${id} >= ${Math.max(0, shown - 3_000)}`;
  return (await world.database.query<{ id: number }>(sql)).map((row) => row.id);
}

async function partsOf(world: FlightsWorld): Promise<number> {
  const table = world.contract.warehouse.table;
  const sql = `SELECT toUInt32(uniqExact(_ingested_at)) AS inserts FROM ${table}`;
  return (await world.database.query<{ inserts: number }>(sql))[0]!.inserts;
}

function reading(sinkPid: number, serverPid: number) {
  return { atMs: performance.now(), sink: cpuTicks(sinkPid), server: cpuTicks(serverPid) };
}

function cpuTicks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

function peakRssMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)![1]) / 1_024);
}

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
