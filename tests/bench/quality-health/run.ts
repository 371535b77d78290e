/**
 * node tests/bench/quality-health/run.ts [contracts] [partitions] [seconds]: what knowing that data arrives costs. The quality service as a process over
 * fact tables that all get rows in every partition, which this puts there in the sink's place: CPU and memory of the service, on the servers of the environment.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClickHouse } from '@millrace/clickhouse';
import { hasWarehouse, incarnationOf, planTables } from '@millrace/contracts';
import { createAdmin, createProducer } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import { loadProject } from '@millrace/runtime';
import { createClickHouseDatabase, startService, uniqueName } from '@millrace/testkit';
import { anonymousBytes, processUsage } from '../process-usage.ts';

const [count = 100, partitions = 12, seconds = 60] = process.argv.slice(2).map(Number);
const brokers = process.env['MILLRACE_KAFKA_BROKERS']!;
const domain = uniqueName('h').replaceAll('-', '_');
const schemas = new URL('../../../schemas/flights/', import.meta.url);

const directory = await mkdtemp(join(tmpdir(), 'millrace-health-'));
await mkdir(join(directory, 'schemas', domain), { recursive: true });
for (let index = 0; index < count; index += 1)
  for (const file of ['departed.avsc', 'departed.odcs.yaml']) {
    const text = await readFile(new URL(file, schemas), 'utf8');
    const own = text
      .replaceAll('"flights"', `"${domain}"`)
      .replace(/^id: flights\./m, `id: ${domain}.`)
      .replace(/^domain: flights$/m, `domain: ${domain}`)
      .replace(/partitions: 4/, `partitions: ${partitions}`)
      .replace(/^( +)identity: flight_id$/m, '$1identity: flight_id\n$1rejected: drop')
      .replace(/\bdeparted\b/g, `departed${index}`);
    await writeFile(
      join(directory, 'schemas', domain, file.replace('departed', `departed${index}`)),
      own,
    );
  }
const contracts = (await loadProject(directory)).contracts.filter(hasWarehouse);
const database = await createClickHouseDatabase('health', process.env['MILLRACE_CLICKHOUSE_URL']!);
const clickhouse = createClickHouse({ url: database.url });
for (const { action } of planTables(contracts, [], clickhouse.database))
  await clickhouse.exec(action!.statement);
const connection = { brokers: brokers.split(','), clientId: 'bench', logger: silentLogger };
const admin = createAdmin(connection);
const producer = createProducer(connection);
await admin.createTopics(
  contracts.map(({ topic }) => ({ ...topic, replicationFactor: 1, config: {} })),
);
const ids = new Map<string, number>();
for (const { topic } of contracts)
  ids.set(topic.name, incarnationOf(await admin.topicId(topic.name)));

let offset = 0;
const everyPartition = Array.from({ length: partitions }, (_, partition) => partition);
/** A record in every partition of every topic, its row, and the sink's commit. */
const step = async (): Promise<void> => {
  const value = Buffer.from('a record');
  await producer.send(
    contracts.flatMap(({ topic }) =>
      everyPartition.map((partition) => ({
        topic: topic.name,
        partition,
        records: [{ key: null, value }],
      })),
    ),
  );
  for (const { topic, warehouse } of contracts)
    await clickhouse.exec(
      `INSERT INTO ${warehouse.table} (_topic, _partition, _offset, _produced_at, _incarnation)
       SELECT '${topic.name}', number, ${offset}, now64(3), ${ids.get(topic.name)} FROM numbers(${partitions})`,
    );
  offset += 1;
  await admin.commitOffsets(
    domain,
    contracts.flatMap(({ topic }) =>
      everyPartition.map((partition) => ({ topic: topic.name, partition, offset, metadata: '' })),
    ),
  );
};

await step();
const quality = await startService('quality', {
  ...{
    MILLRACE_KAFKA_BROKERS: brokers,
    MILLRACE_REGISTRY_URL: process.env['MILLRACE_REGISTRY_URL']!,
  },
  ...{
    MILLRACE_CLICKHOUSE_URL: database.url,
    MILLRACE_PROJECT: directory,
    MILLRACE_SINK_GROUP: domain,
  },
});
await quality.ready();
const measure = async (what: string, work: () => Promise<void>): Promise<void> => {
  const before = processUsage(quality.pid).cpuSeconds;
  const begunMs = performance.now();
  while (performance.now() - begunMs < seconds * 1000) await work();
  const tookSeconds = (performance.now() - begunMs) / 1000;
  const cpu = processUsage(quality.pid).cpuSeconds - before;
  const memory = Math.round(anonymousBytes(quality.pid) / 2 ** 20);
  console.log(`${what}: ${((100 * cpu) / tookSeconds).toFixed(2)} % of a core, ${memory} MiB`);
};
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
await pause(20_000);
await measure(`${count} streams at rest`, () => pause(1000));
await measure(`${count} streams with rows in all of ${partitions} partitions`, async () => {
  await step();
  await pause(4000);
});
const report = (await (await fetch(`${quality.url}/api/v1/streams`)).json()) as {
  readonly streams: readonly { readonly counts: { landed: number; missing: number } | null }[];
};
const landed = report.streams.reduce((sum, { counts }) => sum + (counts?.landed ?? 0), 0);
const missing = report.streams.reduce((sum, { counts }) => sum + (counts?.missing ?? 0), 0);
console.log(`${landed} rows counted, ${missing} missing, ${offset * partitions * count} put there`);
await quality.stop();
await admin.deleteTopics(contracts.map(({ topic }) => topic.name));
await Promise.all([producer.close(), admin.close(), clickhouse.close()]);
await database.drop();
await rm(directory, { recursive: true });
