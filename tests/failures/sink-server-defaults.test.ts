/**
 * A server whose profile says the opposite of all that the sink's exactness needs (F18), with blocks of a hundred rows (F8), and
 * every first answer lost (F4): still one block an insert, once in the table and once behind its views.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileWriter, createRegistryClient, frame } from '@millrace/avro';
import { type RunningStack, startStack } from '@millrace/stack';
import {
  createFlightsWorld,
  type FlightsWorld,
  flight,
  type HttpFaultProxy,
  startHttpFaultProxy,
  startService,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

const hostileProfile = {
  ...{ async_insert: 1, wait_for_async_insert: 0, async_insert_deduplicate: 0 },
  ...{ insert_deduplicate: 0, deduplicate_insert: 'disable', deduplicate_insert_select: 'disable' },
  deduplicate_blocks_in_dependent_materialized_views: 0,
  ...{ materialized_views_ignore_errors: 1, parallel_view_processing: 1 },
  ...{ input_format_parallel_parsing: 1, min_chunk_bytes_for_parallel_parsing: 100 },
  ...{ max_insert_block_size: 100, max_insert_block_size_bytes: 5_000, max_block_size: 100 },
  ...{ min_insert_block_size_rows: 1, min_insert_block_size_bytes: 1, max_threads: 4 },
  ...{ max_insert_threads: 4, use_strict_insert_block_limits: 1 },
  ...{ max_partitions_per_insert_block: 1, input_format_avro_allow_missing_fields: 0 },
  ...{ limit: 3, offset: 1, use_query_cache: 1, session_timezone: 'America/New_York' },
  ...{ timeout_overflow_mode: 'break', read_overflow_mode: 'break', insert_null_as_default: 0 },
  result_overflow_mode: 'break',
  ignore_materialized_views_with_dropped_target_table: 1,
  ...{ input_format_null_as_default: 0, input_format_skip_unknown_fields: 0 },
  ...{ send_progress_in_http_headers: 1, distributed_foreground_insert: 0 },
} as const;

let folder: string;
let stack: RunningStack;
let world: FlightsWorld;
let proxy: HttpFaultProxy;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-defaults-'));
  const settings = Object.entries(hostileProfile).map(
    ([name, value]) => `<${name}>${value}</${name}>`,
  );
  const user = '<no_password/><networks><ip>::/0</ip></networks><profile>hostile</profile>';
  const clickhouseUsers = join(folder, 'hostile.xml');
  writeFileSync(
    clickhouseUsers,
    `<clickhouse><profiles><hostile>${settings.join('')}</hostile></profiles>
     <users><hostile>${user}<quota>default</quota></hostile></users></clickhouse>`,
  );
  stack = await startStack({ backend: 'embedded', clickhouseUsers });
  const edit = (file: string, text: string): string =>
    file === 'departed.avsc'
      ? text.replace(/("name": "distance_miles",\s*"type": "int")/, '$1, "default": 7')
      : text;
  world = await createFlightsWorld(stack.endpoints, { partitions: 1, edit });
  proxy = await startHttpFaultProxy({ target: world.database.url });
});
afterAll(async () => {
  await proxy?.close();
  await world?.drop();
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Departures under a schema that lacks a field: these land by INSERT … SELECT … FROM input(…). */
async function olderDepartures(count: number) {
  const { registryUrl } = stack.endpoints;
  const schema = JSON.parse(world.contract.schemaText) as { fields: { name: string }[] };
  const fields = schema.fields.filter(({ name }) => name !== 'distance_miles');
  const older = JSON.stringify({ ...schema, fields });
  const registry = createRegistryClient({ url: registryUrl });
  const { id } = await registry.register(`${world.contract.topic.name}-older-value`, older);
  const write = compileWriter(older);
  return Array.from({ length: count }, (_, index) => {
    const { distance_miles: _left, ...value } = flight(1_000_000 + index);
    return { key: null, value: frame(id, write(value)) };
  });
}

/** The sink's URL: it signs in as the user with that profile. */
const hostileUrl = (): string => {
  const url = new URL(proxy.url);
  url.username = 'hostile';
  return url.href;
};

test('the profile of this server is as hostile as it was written', async () => {
  const url = new URL(`${new URL(proxy.url).origin}/`);
  const names = Object.keys(hostileProfile);
  const settings = names.map((name) => `toString(getSetting('${name}'))`);
  url.searchParams.set('user', 'hostile');
  const asked = { limit: '0', offset: '0', use_query_cache: '0' };
  for (const [name, setting] of Object.entries(asked)) url.searchParams.set(name, setting);
  url.searchParams.set('query', `SELECT [${settings.join(', ')}] AS value FORMAT JSONEachRow`);
  const { value } = (await (await fetch(url)).json()) as { value: string[] };
  const plain = value.map((one) => ({ true: '1', false: '0' })[one] ?? one);
  const expected = names.map((name) => String({ ...hostileProfile, ...asked }[name]));
  expect(plain).toEqual(expected);
});

test('whatever the server would do by itself, each insert is one block, once, also behind its views', async () => {
  const { table } = world.contract.warehouse;
  await world.database.execute(
    `CREATE TABLE by_origin (origin String, flights UInt64, delay Int64) ENGINE = SummingMergeTree ORDER BY origin
     SETTINGS non_replicated_deduplication_window = 10000`,
  );
  await world.database.execute(
    `CREATE MATERIALIZED VIEW by_origin_view TO by_origin AS
     SELECT origin, count() AS flights, sum(delay_minutes) AS delay FROM ${table} GROUP BY origin`,
  );
  const lost = ['FORMAT Avro', 'SELECT'].map((how) =>
    proxy.rule(
      ({ statement }) =>
        statement.startsWith(`INSERT INTO \`${table}\``) && statement.includes(`) ${how}`),
      { kind: 'lose-answer' },
      2,
    ),
  );
  const env = { ...world.env, MILLRACE_CLICKHOUSE_URL: hostileUrl() };
  await world.send(0, 3_000);
  const topic = world.contract.topic.name;
  await world.producer.send([{ topic, partition: 0, records: await olderDepartures(3_000) }]);
  const sink = await startService('sink', env);
  const total = 6_000;
  const landed = async () => {
    const [row] = await world.database.query<Record<string, number>>(
      `SELECT toUInt32(count()) AS rows, toUInt32(uniqExact(_partition, _offset)) AS positions,
         toUInt32(countIf(distance_miles = 7)) AS defaulted,
         (SELECT toUInt32(sum(flights)) FROM by_origin) AS summed FROM ${table}`,
    );
    return row;
  };
  await expect
    .poll(landed, { interval: 200 })
    .toEqual({ rows: total, positions: total, defaulted: 3_000, summed: total });
  await sink.stop();
  expect(lost.map((rule) => rule.answered())).toEqual([2, 2]);
  // One block an insert: of the rows in one month, all of one insert came at the same moment into one part.
  await world.database.execute('SYSTEM FLUSH LOGS');
  const parts = await world.database.query<{ parts: number; inserts: number }>(
    `SELECT toUInt32(count()) AS parts, toUInt32(uniqExact(query_id, partition)) AS inserts
     FROM system.part_log
     WHERE database = '${world.database.name}' AND table = '${table}' AND event_type = 'NewPart' AND error = 0`,
  );
  expect(parts[0]!.parts).toBe(parts[0]!.inserts);
});
