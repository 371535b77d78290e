/**
 * Rows a second of `millrace load`, from a file through the checks onto Kafka: flights of 2001 as CSV and as Parquet. Needs
 * MILLRACE_KAFKA_BROKERS and MILLRACE_REGISTRY_URL of a cluster on which the contracts are applied; asserts nothing.
 *
 *   node tests/bench/load/run.ts
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readFlights } from '@millrace/cli';

const csvRows = 300_000;
const repository = fileURLToPath(new URL('../../../', import.meta.url));
const entry = join(repository, 'services/ingest/src/load.ts');

interface Summary {
  readonly accepted: number;
  readonly elapsedMs: number;
}

const load = async (what: string, request: object): Promise<void> => {
  const given = { to: 'flights.departed', dryRun: false, strict: true, json: true, ...request };
  const child = spawn(process.execPath, [entry, JSON.stringify(given)], {
    env: { MILLRACE_PROJECT: repository, ...process.env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk;
  });
  const [code] = (await once(child, 'close')) as [number];
  if (code !== 0) throw new Error(`${what}: exit code ${code}: ${text}`);
  const { accepted, elapsedMs } = JSON.parse(text) as Summary;
  const rate = Math.round((accepted / elapsedMs) * 1000).toLocaleString('en-US');
  process.stdout.write(`${what}: ${accepted} rows in ${elapsedMs} ms, ${rate} rows/s\n`);
};

const directory = await mkdtemp(join(tmpdir(), 'millrace-bench-load-'));
try {
  const names = [
    'flight_id',
    'departed_at',
    'delay_minutes',
    'distance_miles',
    'origin',
    'destination',
  ];
  const lines = [names.join(',')];
  for await (const flight of readFlights(csvRows)) {
    const values = names.map((name) => flight[name as keyof typeof flight]);
    // ids of this run alone, so that the file is another than the last run's
    lines.push(`${directory.slice(-6)}-${values.join(',')}`);
  }
  await writeFile(join(directory, 'flights.csv'), `${lines.join('\n')}\n`);
  await load('CSV', { target: join(directory, 'flights.csv') });
  const data = fileURLToPath(new URL('../data/', import.meta.resolve('vega-datasets')));
  await copyFile(join(data, 'flights-3m.parquet'), join(directory, 'flights.parquet'));
  await load('Parquet', {
    target: join(directory, 'flights.parquet'),
    map: 'flight_id=date,departed_at=date,delay_minutes=delay,distance_miles=distance,origin=origin,destination=destination',
  });
} finally {
  await rm(directory, { recursive: true });
}
