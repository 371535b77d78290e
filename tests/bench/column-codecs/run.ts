/**
 * What codecs make of the columns that contracts have: the 3,000,000 flights in a fact's order, each column once
 * a codec, its bytes on disk and the time of a read of it alone. Run: node tests/bench/column-codecs/run.ts
 */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { uniqueName } from '@millrace/testkit';

const READS = 7;
const url = new URL(process.env['MILLRACE_CLICKHOUSE_URL'] ?? '');
const database = uniqueName('codecs').replaceAll('-', '_');

const candidates = ['LZ4', 'ZSTD(1)', 'Delta, ZSTD(1)', 'DoubleDelta, ZSTD(1)', 'T64, ZSTD(1)'];
const columns = [
  { name: 'departed_at', type: "DateTime64(3, 'UTC')", value: 'date', codecs: candidates },
  { name: 'delay_minutes', type: 'Int32', value: 'toInt32(delay)', codecs: candidates },
  { name: 'distance_miles', type: 'Int32', value: 'toInt32(distance)', codecs: candidates },
  { name: 'number', type: 'Int64', value: 'rowNumberInAllBlocks()', codecs: candidates },
  {
    name: 'kilometres',
    type: 'Float64',
    value: 'distance * 1.609344',
    codecs: ['LZ4', 'ZSTD(1)', 'Gorilla, ZSTD(1)', 'Delta(8), ZSTD(1)'],
  },
  {
    name: 'flight_id',
    type: 'String',
    value: "concat('2001-', leftPad(toString(rowNumberInAllBlocks()), 7, '0'))",
    codecs: ['LZ4', 'ZSTD(1)', 'ZSTD(3)'],
  },
  { name: 'destination', type: 'String', value: 'destination', codecs: ['LZ4', 'ZSTD(1)'] },
  {
    name: 'destination_lc',
    type: 'LowCardinality(String)',
    value: 'destination',
    codecs: ['LZ4', 'ZSTD(1)'],
  },
];
const variants = columns.flatMap((column) =>
  column.codecs.map((codec, index) => ({ ...column, codec, name: `${column.name}__${index}` })),
);

const send = async (query: string, body?: Buffer): Promise<string> => {
  const parameters = new URLSearchParams({ query, wait_end_of_query: '1', max_threads: '1' });
  const response = await fetch(`${url.origin}/?${parameters}`, {
    method: 'POST',
    headers: { 'X-ClickHouse-User': url.username || 'default', 'X-ClickHouse-Key': url.password },
    ...(body === undefined ? {} : { body: new Uint8Array(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text;
};

const file = join(
  dirname(fileURLToPath(import.meta.resolve('vega-datasets'))),
  '../data/flights-3m.parquet',
);
await send(`CREATE DATABASE ${database} ENGINE = Atomic`);
try {
  const ddl = variants.map(({ name, type, codec }) => `${name} ${type} CODEC(${codec})`);
  await send(
    `CREATE TABLE ${database}.flights (origin LowCardinality(String), ${ddl.join(', ')})
     ENGINE = MergeTree ORDER BY (origin, departed_at__0) SETTINGS min_bytes_for_wide_part = 0`,
  );
  const values = variants.map(({ name, value }) => `${value} AS ${name}`);
  await send(
    `CREATE TABLE ${database}.file (date DateTime64(3, 'UTC'), delay Int64, distance Int64, origin String,
     destination String) ENGINE = Log`,
  );
  await send(`INSERT INTO ${database}.file FORMAT Parquet`, await readFile(file));
  await send(
    `INSERT INTO ${database}.flights SELECT origin, ${values.join(', ')} FROM ${database}.file`,
  );
  await send(`OPTIMIZE TABLE ${database}.flights FINAL`);
  const sizes = (
    await send(
      `SELECT name, data_compressed_bytes FROM system.columns WHERE database = '${database}' FORMAT TSV`,
    )
  ).split('\n');
  const bytes = new Map(sizes.map((line) => line.split('\t') as [string, string]));
  console.log('| column | codec | MB | read, ms |\n|---|---|---|---|');
  for (const { name, type, codec } of variants) {
    const times: number[] = [];
    for (let read = 0; read < READS; read += 1) {
      const beganMs = performance.now();
      await send(`SELECT max(${name}) FROM ${database}.flights`);
      times.push(performance.now() - beganMs);
    }
    const median = times.sort((a, b) => a - b)[Math.floor(READS / 2)]!;
    const size = (Number(bytes.get(name)) / 1e6).toFixed(2);
    console.log(`| ${name.split('__')[0]} ${type} | ${codec} | ${size} | ${median.toFixed(0)} |`);
  }
} finally {
  await send(`DROP DATABASE ${database} SYNC`);
}
