/**
 * The figures that `millrace size` stands on and no other bench gives: bytes of an event as JSON, on Kafka and in
 * ClickHouse, and the CPU of the broker, the sink and ClickHouse for it.
 * `node tests/bench/sizing/run.ts [events] [producers' batch]`
 */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readState, startStack } from '@millrace/stack';
import { createFlightsWorld, flight, pace, startService } from '@millrace/testkit';
import { processUsage } from '../process-usage.ts';

const [events = 1_000_000, batch = 500] = process.argv.slice(2).map(Number);
const dataDir = mkdtempSync(join(tmpdir(), 'millrace-sizing-'));
const stack = await startStack({ backend: 'embedded', dataDir });
const world = await createFlightsWorld(stack.endpoints);

const cpu = (): { kafka: number; clickhouse: number } => {
  const { parts } = readState(dataDir)!;
  return {
    kafka: processUsage(parts.kafka!.pid).cpuSeconds,
    clickhouse: processUsage(parts.clickhouse!.pid).cpuSeconds,
  };
};
const bytesBelow = (directory: string, isWanted: (path: string) => boolean): number =>
  readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter(isWanted)
    .reduce((sum, path) => sum + statSync(path).size, 0);
const landedAll = async (): Promise<void> => {
  while ((await world.landed()).rows < events) await pace(200);
};
const microseconds = (seconds: number): string => `${((seconds / events) * 1e6).toFixed(2)} µs`;

try {
  const jsonBytes = Buffer.byteLength(JSON.stringify(flight(events - 1)));
  const avroBytes = world.departure(events - 1).value!.length;
  // The first of everything costs what only it costs.
  await world.send(0, 1_000);
  const before = cpu();
  for (let sent = 1_000; sent < events; sent += batch)
    await world.send(sent, Math.min(batch, events - sent));
  const written = cpu();
  const logBytes = bytesBelow(
    dataDir,
    (path) => path.includes(world.contract.topic.name) && path.endsWith('.log'),
  );
  const sink = await startService('sink', world.env);
  await sink.ready();
  const started = processUsage(sink.pid).cpuSeconds;
  await landedAll();
  const landed = cpu();
  const sinkSeconds = processUsage(sink.pid).cpuSeconds - started;
  await sink.stop();
  await world.database.execute(`OPTIMIZE TABLE ${world.contract.warehouse.table} FINAL`);
  const merged = cpu();
  const [parts] = await world.database.query<{ bytes: number }>(
    `SELECT sum(bytes_on_disk) AS bytes FROM system.parts
     WHERE active AND database = currentDatabase() AND table = '${world.contract.warehouse.table}'`,
  );
  const [kafka, clickhouse] = [
    written.kafka - before.kafka,
    landed.clickhouse - written.clickhouse,
  ];
  console.log(`${events} events, ${batch} a send
JSON ${jsonBytes} bytes, framed Avro ${avroBytes}, on Kafka's disk ${(logBytes / events).toFixed(1)} (not compressed)
in ClickHouse ${(parts!.bytes / events).toFixed(1)} bytes a row, merged, metadata counted
broker: ${microseconds(kafka)} a record written, ${microseconds(landed.kafka - written.kafka)} read
sink: ${microseconds(sinkSeconds)} a row; ClickHouse: ${microseconds(clickhouse)} a row, ${microseconds(merged.clickhouse - landed.clickhouse)} for the last merge`);
} finally {
  await world.drop();
  await stack.stop();
  rmSync(dataDir, { recursive: true, force: true });
}
