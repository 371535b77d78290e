/**
 * Chapter 4: who may read what. The contracts classify columns and name readers; one command turns that into users,
 * and from then on everyone, the platform's own parts included, works with no more than that.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ServiceProcess, startService } from '@millrace/testkit';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { type AccessProject, beginAccessProject } from './access-project.ts';

let project: AccessProject;
let ingest: ServiceProcess;
let sink: ServiceProcess;

const post = async (path: string, events: readonly unknown[]) => {
  const answer = await fetch(`${ingest.url}/v1/events/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(events),
  });
  expect(answer.status).toBe(202);
};
const order = (index: number) => ({
  order_id: `o${index}`,
  state: index % 2 === 0 ? 'CA' : 'NY',
  amount: index,
  email: `person${index}@example.org`,
  card: `4111-${index}`,
});

beforeAll(async () => {
  project = await beginAccessProject();
  await project.millrace('apply', 'contracts', 'apply');
  ingest = await startService('ingest', project.env('default'));
  sink = await startService('sink', project.env('sink'));
  await Promise.all([ingest.ready(), sink.ready()]);
  await post(
    'shop/orders',
    Array.from({ length: 10 }, (_, index) => order(index)),
  );
  await post('hr/salaries', [{ person: 'Ada', salary: 100 }]);
  const landed = () =>
    project.ask(
      'default',
      'SELECT (SELECT count() FROM shop_orders), (SELECT count() FROM hr_salaries)',
    );
  await vi.waitFor(async () => expect(await landed(), sink.lines.join('\n')).toBe('10\t1'), {
    timeout: 60_000,
  });
});

afterAll(async () => {
  await Promise.all([ingest?.stop(), sink?.stop()]);
  await project?.end();
});

const denied = /ACCESS_DENIED/;

test('the contracts were applied and the events landed under users that may do nothing else', async () => {
  const plan = JSON.parse(await project.millrace('apply', 'contracts', 'plan', '--json'));
  expect(plan.steps.filter((step: { kind: string }) => step.kind !== 'unchanged')).toEqual([]);
  expect(await project.ask('sink', 'DROP TABLE shop_orders_raw')).toMatch(denied);
  expect(await project.ask('sink', 'SELECT count() FROM shop_orders')).toMatch(denied);
  expect(await project.ask('apply', 'CREATE USER eve')).toMatch(denied);
  expect(await project.ask('apply', 'CREATE TABLE default.t (a Int8) ENGINE = Memory')).toMatch(
    denied,
  );
});

test('the SQL box asks as the user that it is given, whoever asks it, and within that user’s limits', async () => {
  const analyst = project.env('anna')['MILLRACE_CLICKHOUSE_URL'] ?? '';
  const quality = await startService('quality', {
    ...project.env('default'),
    MILLRACE_QUALITY_SQL_URL: analyst,
  });
  onTestFinished(async () => void (await quality.stop()));
  await quality.ready();
  const ask = async (sql: string, limit = 10) => {
    const answer = await fetch(`${quality.url}/api/v1/sql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ sql, limit }),
    });
    return (await answer.json()) as {
      rows?: unknown[][];
      cut?: boolean;
      code?: string;
      detail?: string;
    };
  };
  expect(await ask('SELECT count() FROM shop_orders')).toMatchObject({
    rows: [['10']],
    cut: false,
  });
  expect(await ask('SELECT any(email) FROM shop_orders_masked')).toMatchObject({ rows: [['p…']] });
  for (const sql of ['SELECT card FROM shop_orders', 'SELECT count() FROM shop_orders_raw']) {
    const refused = await ask(sql);
    expect(refused).toMatchObject({ code: 'operations.sql-failed' });
    expect(refused.detail).toMatch(denied);
  }
  expect(await ask('SELECT 1 FROM system.one')).toMatchObject({ code: 'operations.sql-refused' });
  const whole = await ask('SELECT number FROM numbers(5000)', 5000);
  expect(whole).toMatchObject({ cut: true });
  expect(whole.rows).toHaveLength(999);
  expect(
    await ask('SELECT count() FROM numbers(100000000000) WHERE sipHash64(number) = 1'),
  ).toMatchObject({
    code: 'operations.sql-limit',
  });
});

test('the sink may ask the system tables for all that it measures', async () => {
  const table = '{table="shop_orders_raw"}';
  const metric = (name: string) => sink.metric(`millrace_sink_${name}`);
  await expect.poll(() => metric(`table_rows${table}`)).toBe(10);
  expect(await metric(`partition_parts_ratio${table}`)).toBeGreaterThan(0);
  expect(await metric(`table_ingested_timestamp_seconds${table}`)).toBeGreaterThan(1.7e9);
  expect(await metric(`pending_mutations${table}`)).toBe(0);
  expect(await metric('disk_free_bytes{disk="default"}')).toBeGreaterThan(0);
  expect(await metric('server_events{event="DelayedInserts"}')).toBe(0);
  expect(await metric('failed_objects_errors')).toBe(0);
  expect(sink.lines.join()).not.toContain('figures of a system table');
});

describe('an analyst', () => {
  test('reads the views, and no raw table', async () => {
    expect(await project.ask('anna', 'SELECT sum(amount) FROM shop_orders')).toBe('45');
    expect(await project.ask('anna', 'SELECT count() FROM shop_orders_raw')).toMatch(denied);
    expect(await project.ask('anna', 'SELECT count() FROM system.query_log')).toMatch(denied);
  });

  test('reads no confidential column, also not by a condition, and sees it masked in the masked view', async () => {
    const cell = (sql: string) => project.ask('anna', sql);
    expect(await cell('SELECT email FROM shop_orders')).toMatch(denied);
    expect(await cell("SELECT count() FROM shop_orders WHERE email LIKE 'p%'")).toMatch(denied);
    expect(await cell('SELECT * FROM shop_orders')).toMatch(denied);
    const masked = "SELECT email, card FROM shop_orders_masked WHERE order_id = 'o3'";
    expect(await cell(masked)).toBe('p…\t\\N');
    expect(await cell('SELECT * FROM shop_orders_masked LIMIT 1')).not.toMatch(/Exception|4111/);
  });

  test('with the right to confidential columns reads those, and not restricted ones', async () => {
    const email = "SELECT email FROM shop_orders WHERE order_id = 'o3'";
    expect(await project.ask('carl', email)).toBe('person3@example.org');
    expect(await project.ask('carl', 'SELECT card FROM shop_orders')).toMatch(denied);
  });

  test('of one domain reads nothing of another', async () => {
    expect(await project.ask('rita', 'SELECT person FROM hr_salaries')).toBe('Ada');
    expect(await project.ask('rita', 'SELECT order_id FROM shop_orders')).toMatch(denied);
  });

  test('reads the rollups of its views, which count what the sink landed', async () => {
    expect(await project.ask('rita', 'SELECT initial, people FROM pay')).toBe('A\t1');
    expect(await project.ask('walt', 'SELECT initial, people FROM pay')).toMatch(denied);
  });

  test('writes nothing, reaches no file and no network', async () => {
    for (const sql of [
      "INSERT INTO shop_orders_raw (order_id) VALUES ('x')",
      'ALTER TABLE shop_orders_raw DELETE WHERE 1',
      'DROP VIEW shop_orders',
      'CREATE TABLE t (a Int8) ENGINE = Memory',
      "SELECT * FROM url('http://127.0.0.1:1/', LineAsString, 's String')",
      "SELECT * FROM file('/etc/passwd', LineAsString, 's String')",
      "SELECT * FROM remote('127.0.0.1', system.one)",
    ])
      expect(await project.ask('anna', sql), sql).toMatch(/ACCESS_DENIED|READONLY/);
  });

  test('is nobody without the password', async () => {
    expect(await project.ask('anna', 'SELECT 1', 'guess')).toMatch(/AUTHENTICATION_FAILED/);
  });
});

describe('a reader of some rows', () => {
  test('sees those, in the plain and in the masked view', async () => {
    const states = 'SELECT DISTINCT state FROM';
    expect(await project.ask('walt', `${states} shop_orders`)).toBe('CA');
    expect(await project.ask('walt', `${states} shop_orders_masked`)).toBe('CA');
    expect(await project.ask('walt', 'SELECT count() FROM shop_orders')).toBe('5');
    expect(await project.ask('anna', 'SELECT count() FROM shop_orders')).toBe('10');
  });

  test('does not see a row of a dimension by what it once was', async () => {
    const version = (id: number, state: string, lsn: number) =>
      project.ask(
        'sink',
        `INSERT INTO customers_raw (id, state, _version, _is_deleted, _partition, _offset, _committed_at) VALUES (${id}, '${state}', ${lsn}, 0, 0, ${lsn}, 0)`,
      );
    await project.ask('default', 'SYSTEM STOP MERGES customers_raw');
    expect(await version(1, 'CA', 1)).toBe('');
    await version(2, 'CA', 2);
    await version(1, 'NY', 3);
    expect(await project.ask('walt', 'SELECT id FROM customers')).toBe('2');
    const settings =
      'SETTINGS optimize_move_to_prewhere_if_final = 1, apply_row_policy_after_final = 0';
    expect(await project.ask('walt', `SELECT id FROM customers ${settings}`)).toBe('2');
    expect(await project.ask('walt', 'SELECT count() FROM customers WHERE id = 1')).toBe('0');
  });

  test('sees of a history the versions that meet the condition, and looks nothing up where all rows are', async () => {
    const history = 'SELECT id, state, is_current FROM customers_history ORDER BY id, valid_from';
    expect(await project.ask('walt', history)).toBe('1\tCA\t0\n2\tCA\t1');
    expect(await project.ask('anna', history)).toBe('1\tCA\t0\n1\tNY\t1\n2\tCA\t1');
    const look = "SELECT dictGet('customers_dictionary', 'state', 1)";
    await expect.poll(() => project.ask('anna', look)).toBe('NY');
    expect(await project.ask('walt', look)).toMatch(denied);
  });
});

describe('the limits of an analyst', () => {
  test('cannot be raised, nor set to 0, which is none', async () => {
    for (const setting of [
      ...['max_memory_usage = 200000000', 'max_memory_usage = 0', 'max_execution_time = 0'],
      ...['max_rows_to_read = 0', 'max_result_rows = 0', 'max_threads = 64'],
    ])
      expect(await project.ask('anna', `SELECT 1 SETTINGS ${setting}`), setting).toMatch(
        /SETTING_CONSTRAINT_VIOLATION/,
      );
    expect(await project.ask('anna', 'SELECT 1 SETTINGS readonly = 0')).toMatch(/READONLY/);
    expect(await project.ask('anna', 'SELECT 1 SETTINGS max_result_rows = 10')).toBe('1');
  });

  test('stop a query that takes too much memory, time, rows or result', async () => {
    // Takes the memory in a few copies, long before its time is over.
    const memory = "SELECT length(arrayMap(x -> repeat('x', 1000000), range(1000)))";
    expect(await project.ask('anna', memory)).toMatch(/MEMORY_LIMIT_EXCEEDED/);
    // The query itself has to take longer than the server allows: it is the server that ends it.
    expect(await project.ask('anna', 'SELECT sleep(1.5), sleep(1.6)')).toMatch(/TIMEOUT_EXCEEDED/);
    expect(await project.ask('anna', 'SELECT count() FROM numbers(60000)')).toMatch(
      /TOO_MANY_ROWS/,
    );
    expect(await project.ask('anna', 'SELECT number FROM numbers(2000)')).toMatch(/TOO_MANY_ROWS/);
  });
});

test('the statements for a server with SQL users are those that its parser takes, and the embedded one refuses them', async () => {
  const sql = await project.millrace('default', 'warehouse', 'access', '--cluster', 'c');
  const statements = sql
    .trim()
    .split(/;\n|;$/)
    .filter(Boolean);
  expect(statements.length).toBeGreaterThan(20);
  for (const statement of statements)
    expect(await project.ask('default', `EXPLAIN AST ${statement}`), statement).toMatch(
      /^(?:Create|Grant|CREATE|ALTER)/,
    );
  await expect(project.millrace('default', 'warehouse', 'access', '--apply')).rejects.toThrow(
    /no writeable access storage|ACCESS_STORAGE_READONLY|Could not insert/,
  );
});

test('check finds nothing when the server gives what the contracts ask, and each thing that was taken or added', async () => {
  const check = () => project.millrace('default', 'warehouse', 'access', '--check', '--json');
  expect(JSON.parse(await check())).toEqual({ ok: true, differences: [] });
  const file = join(project.directory, 'access.xml');
  const xml = await project.millrace('default', 'warehouse', 'access', '--xml');
  const changed = xml
    .replace('`amount`, ', '')
    .replace('<max_threads>4<', '<max_threads>3<')
    .replace('GRANT SELECT(`person`', 'GRANT SELECT(`salary`, `person`');
  await writeFile(file, changed);
  await project.restartClickHouse();
  const found = await check().catch((error: { stdout: string }) => error.stdout);
  const { differences } = JSON.parse(found) as {
    differences: { kind: string; name: string; line: string }[];
  };
  expect(differences.map(({ kind, name, line }) => `${kind} ${name}: ${line}`)).toEqual([
    'missing-right millrace_analyst: lacks SELECT(amount) ON millrace.shop_orders',
    'excess-right millrace_analyst: has SELECT(salary) ON millrace.hr_salaries, which no contract gives',
    'limit millrace_analyst: max_threads is 3, at most 4',
  ]);
  await writeFile(file, xml);
  await project.restartClickHouse();
  expect(JSON.parse(await check())).toEqual({ ok: true, differences: [] });
});

test('a rollup beside facts that are there is made by the user that applies, who sees whether an insert of another’s still runs', async () => {
  // an insert that runs for two seconds: that it is seen while it runs is what is asked
  const insert = project.ask(
    'sink',
    `INSERT INTO shop_orders_raw (order_id, state, amount, email, card, _topic, _partition, _offset, _produced_at)
     SELECT concat('slow', toString(number + sleep(2))), 'CA', 0, '', '', 'events.shop.orders', 9, number, 0 FROM numbers(1)`,
  );
  const running = () =>
    project.ask(
      'apply',
      "SELECT count() FROM system.processes WHERE query_kind = 'Insert' AND user = 'sink'",
    );
  await expect.poll(running, { interval: 20 }).toBe('1');
  await insert;
  await project.addRollup('shop.orders');
  await project.millrace('apply', 'contracts', 'apply');
  await post('shop/orders', [order(10)]);
  const counted = () => project.ask('default', 'SELECT sum(r.orders) FROM by_state AS r');
  await expect.poll(counted).toBe('12');
  expect(await project.ask('default', 'SELECT count() FROM shop_orders')).toBe('12');
});
