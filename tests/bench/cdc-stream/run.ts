/**
 * How fast the cdc service streams a backlog: N transactions of 100 changes (70 inserts, 25 updates, 5
 * deletes) are committed while it is down, then it is started and timed from outside, by its own metric of
 * committed records. Run: `node tests/bench/cdc-stream/run.ts [transactions]`, with the platform's
 * variables naming a running stack; without them a stack is started for the run.
 */
import { readFileSync } from 'node:fs';
import { startStack } from '@millrace/stack';
import { createPostgresDatabase, startService, uniqueName } from '@millrace/testkit';

const CHANGES_PER_TRANSACTION = 100;
const TOMBSTONES_PER_TRANSACTION = 5;
const CLOCK_TICKS_PER_SECOND = 100;

const env = process.env;
const endpointsOfEnvironment = () => {
  const kafkaBrokers = env['MILLRACE_KAFKA_BROKERS'];
  const registryUrl = env['MILLRACE_REGISTRY_URL'];
  const postgresUrl = env['MILLRACE_POSTGRES_URL'];
  if (kafkaBrokers === undefined || registryUrl === undefined || postgresUrl === undefined) return;
  return { kafkaBrokers, registryUrl, postgresUrl };
};

/** User and system CPU seconds of a process. */
const cpuSeconds = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_SECOND;
};

/** Peak resident memory, MB. */
const peakMemoryMb = (pid: number): number =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

const table = `create table orders (id bigint primary key, customer_id bigint, status text, amount numeric(12,2),
  quantity int, note text, created_at timestamptz, updated_at timestamptz)`;
const load = `create procedure load(transactions int) language plpgsql as $$
declare i int; begin for i in 0..transactions - 1 loop
  insert into orders select g, g % 1000, 'status' || (g % 5), (g % 100000) / 100.0, 1 + g % 9,
    'note ' || g || ' lorem ipsum dolor sit amet ' || (g % 77), now(), now()
    from generate_series(i * 70 + 1, i * 70 + 70) g;
  update orders set quantity = quantity + 1, updated_at = now() where id between i * 70 + 1 and i * 70 + 25;
  delete from orders where id between i * 70 + 66 and i * 70 + 70;
  commit;
end loop; end $$`;

const transactions = Number(process.argv[2] ?? 5000);
const given = endpointsOfEnvironment();
const stack = given === undefined ? await startStack({ backend: 'embedded' }) : undefined;
const endpoints = given ?? stack?.endpoints;
if (endpoints === undefined) throw new Error('no stack');
const database = await createPostgresDatabase('bench_cdc', endpoints.postgresUrl);
const settings = {
  MILLRACE_KAFKA_BROKERS: endpoints.kafkaBrokers,
  MILLRACE_REGISTRY_URL: endpoints.registryUrl,
  MILLRACE_POSTGRES_URL: database.url,
  MILLRACE_CDC_SOURCE: uniqueName('bench').replaceAll('-', '_'),
  MILLRACE_CDC_TABLES: 'public.orders',
};
try {
  await database.query(table);
  await database.query(load);
  const first = await startService('cdc', settings);
  await first.ready();
  await first.stop();
  await database.query(`call load(${transactions})`);

  const expected = transactions * (CHANGES_PER_TRANSACTION + TOMBSTONES_PER_TRANSACTION);
  const service = await startService('cdc', settings);
  let firstMs = 0;
  let cpuAtFirst = 0;
  let written = 0;
  while (written < expected) {
    written = (await service.metric('millrace_cdc_written_records_total')) ?? 0;
    if (written > 0 && firstMs === 0) {
      firstMs = performance.now();
      cpuAtFirst = cpuSeconds(service.pid);
      // what was written before the clock began is not counted
      console.log(`first seen at ${written} records`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const seconds = (performance.now() - firstMs) / 1000;
  const cpu = cpuSeconds(service.pid) - cpuAtFirst;
  const rows = transactions * CHANGES_PER_TRANSACTION;
  console.log(
    JSON.stringify({
      rows,
      seconds: Number(seconds.toFixed(2)),
      rowsPerSecond: Math.round(rows / seconds),
      cpuMicrosPerRow: Number(((cpu / rows) * 1e6).toFixed(2)),
      peakMemoryMb: Math.round(peakMemoryMb(service.pid)),
    }),
  );
  await service.stop();
} finally {
  await database.drop();
  await stack?.stop();
}
process.exit(0);
