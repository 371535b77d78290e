/**
 * What the forms of a warehouse cost to ask: a dimension's view with FINAL beside argMax, joins beside
 * dictionaries, and Kimball's form beside the Data Vault of docs/howto/data-vault.md.
 * Run: MILLRACE_CLICKHOUSE_URL=… node tests/bench/warehouse-forms/run.ts
 */
import { readFileSync } from 'node:fs';
import { createClickHouse } from '@millrace/clickhouse';
import { parseProject, planTables } from '@millrace/contracts';
import { createClickHouseDatabase, sqlBlocks } from '@millrace/testkit';

const ROWS = 1_000_000;
const AIRPORTS = 3_376;
const RUNS = 3;

const root = new URL('../../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const serverUrl = process.env['MILLRACE_CLICKHOUSE_URL'] ?? '';
const database = await createClickHouseDatabase('forms', serverUrl);
const clickhouse = createClickHouse({ url: database.url, requestTimeoutMs: 600_000 });

interface Cost {
  readonly ms: number;
  readonly rowsRead: number;
  readonly megabytes: number;
}

/** The median run's time on the server, the rows that it read and the most memory that it had. */
const costOf = async (sql: string): Promise<Cost> => {
  const { origin, username, password } = new URL(serverUrl);
  const costs: Cost[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const response = await fetch(`${origin}/?database=${database.name}&wait_end_of_query=1`, {
      method: 'POST',
      body: sql,
      headers: { 'X-ClickHouse-User': username || 'default', 'X-ClickHouse-Key': password },
    });
    const text = await response.text();
    if (!response.ok) throw new Error(text);
    const summary = JSON.parse(response.headers.get('x-clickhouse-summary') ?? '{}');
    costs.push({
      ms: Number(summary.elapsed_ns) / 1e6,
      rowsRead: Number(summary.read_rows),
      megabytes: Number(summary.memory_usage ?? 0) / 1e6,
    });
  }
  return costs.sort((a, b) => a.ms - b.ms)[RUNS >> 1]!;
};

const report = async (title: string, queries: Readonly<Record<string, string>>): Promise<void> => {
  process.stdout.write(`\n${title}\n`);
  for (const [name, sql] of Object.entries(queries)) {
    const { ms, rowsRead, megabytes } = await costOf(sql);
    process.stdout.write(
      `${name.padEnd(46)} ${ms.toFixed(1).padStart(8)} ms ${String(rowsRead).padStart(10)} rows read ${megabytes.toFixed(0).padStart(6)} MB\n`,
    );
  }
};

const landAirports = (count: number, version: number, step: number) =>
  clickhouse.exec(
    `INSERT INTO airports_raw (iata, name, state, country, latitude, longitude, _version, _committed_at)
     SELECT concat('A', toString(number * ${step})), concat('airport ', toString(cityHash64(number, ${version}) % 100000)),
       concat('S', toString(number % 52)), 'USA', number % 180 - 90, number % 360 - 180, ${version}, ${version} * 1000
     FROM numbers(${Math.floor(count / step)})`,
  );

const files = ['airports', 'departed'].flatMap((name) =>
  ['avsc', 'odcs.yaml'].map((suffix) => `schemas/flights/${name}.${suffix}`),
);
const { contracts } = parseProject(
  files.map((path) => ({
    path,
    text: read(path).replace(
      'role: dimension',
      'role: dimension\n        history: { before: first, dictionary: {} }',
    ),
  })),
);
try {
  for (const { action } of planTables(contracts, [], clickhouse.database)) {
    await clickhouse.exec(action!.statement);
  }
  await clickhouse.exec('SYSTEM STOP MERGES airports_raw');
  await landAirports(ROWS, 1, 1);
  await landAirports(ROWS, 2, 10);
  await report(`A dimension of ${ROWS} rows, one in ten changed and not merged yet`, {
    'the raw table as it lies': 'SELECT count(), uniq(name), max(latitude) FROM airports_raw',
    'the view (FINAL)': 'SELECT count(), uniq(name), max(latitude) FROM airports',
    'argMax by key': `SELECT count(), uniq(name), max(latitude) FROM (SELECT iata, argMax(name, _version) AS name, argMax(latitude, _version) AS latitude
       FROM airports_raw GROUP BY iata HAVING argMax(_is_deleted, _version) = 0)`,
    'one key of the view': "SELECT name, latitude FROM airports WHERE iata = 'A70'",
    'one key of the history': "SELECT name, valid_from FROM airports_history WHERE iata = 'A70'",
    'the history, whole': 'SELECT count(), max(valid_from) FROM airports_history',
  });
  for (const name of ['airports_raw', 'airports_history_raw']) {
    await clickhouse.exec(`TRUNCATE TABLE ${name}`);
  }
  await landAirports(AIRPORTS, 1, 1);
  await landAirports(AIRPORTS, 2, 10);
  await clickhouse.exec(
    `INSERT INTO flights_departed_raw (flight_id, departed_at, delay_minutes, distance_miles, origin, destination, _partition, _offset, _produced_at)
     SELECT concat('F', toString(number)), 978307200000 + number * 30000, number % 200 - 20, number % 2400,
       concat('A', toString(cityHash64(number) % ${AIRPORTS})), concat('A', toString(cityHash64(number, 1) % ${AIRPORTS})), 0, number, 0
     FROM numbers(${ROWS})`,
  );
  await clickhouse.exec('SYSTEM RELOAD DICTIONARY airports_dictionary');
  await clickhouse.exec('SYSTEM RELOAD DICTIONARY airports_history_dictionary');
  await report(`${ROWS} flights by the state of their origin, ${AIRPORTS} airports`, {
    'join with the view':
      'SELECT a.state, count() FROM flights_departed AS f JOIN airports AS a ON a.iata = f.origin GROUP BY a.state',
    dictGet:
      "SELECT dictGet('airports_dictionary', 'state', toString(origin)) AS state, count() FROM flights_departed GROUP BY state",
    'as it was: ASOF join': `SELECT h.state, count() FROM flights_departed AS f ASOF JOIN airports_history AS h
       ON h.iata = f.origin AND f.departed_at >= h.valid_from GROUP BY h.state`,
    'as it was: dictGet with the moment': `SELECT dictGet('airports_history_dictionary', 'state', toString(origin), departed_at) AS state, count()
       FROM flights_departed GROUP BY state`,
  });
  const blocks = sqlBlocks(read('docs/howto/data-vault.md'));
  for (const text of blocks.slice(0, -2)) await clickhouse.exec(text);
  const [kimball, vault] = blocks.slice(-2).map((text) => text.trim().replace(/;$/, ''));
  await report('The same question to both forms', { Kimball: kimball!, 'Data Vault': vault! });
  const sizes = await database.query<object>(
    `SELECT if(table IN ('flights_departed_raw', 'airports_raw'), 'Kimball', 'Data Vault') AS form, count(DISTINCT table) AS tables,
       sum(rows) AS rows, round(sum(bytes_on_disk) / 1e6, 1) AS megabytes
     FROM system.parts WHERE database = '${database.name}' AND active AND table NOT LIKE '%history%' GROUP BY form ORDER BY form DESC`,
  );
  for (const size of sizes) process.stdout.write(`${JSON.stringify(size)}\n`);
} finally {
  await clickhouse.close();
  await database.drop();
}
