/** Sources that are asked and not listed, HTTP APIs and queries, by `millrace load` onto Kafka: killed on the way, and each row once. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createAdmin } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import {
  createEventProject,
  createPostgresDatabase,
  type EventProject,
  type PostgresDatabase,
  stackUnderTest,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PagedApi, startPagedApi } from './testing/paged-api.ts';

const entry = fileURLToPath(new URL('../load.ts', import.meta.url));

let project: EventProject;
let database: PostgresDatabase;
let api: PagedApi;

beforeAll(async () => {
  project = await createEventProject(stackUnderTest());
  await mkdir(join(project.env['MILLRACE_PROJECT']!, 'sources'));
  database = await createPostgresDatabase('pull', stackUnderTest().postgresUrl);
  api = await startPagedApi();
});
afterAll(async () => {
  await api?.close();
  await database?.drop();
  await project?.remove();
});

/** A position is kept under the source's name, for all tests on one stack. */
const nameOf = (source: string) => `${project.domain}-${source}`;

const declare = (source: string, text: string) =>
  writeFile(
    join(project.env['MILLRACE_PROJECT']!, 'sources', `${source}.yaml`),
    `name: ${nameOf(source)}\nto: ${project.domain}.orders\n${text}`,
  );

const startLoad = (source: string): ChildProcess => {
  const request = { target: nameOf(source), json: true, strict: true };
  return spawn(process.execPath, [entry, JSON.stringify(request)], {
    env: { ...process.env, ...project.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
};

/** Runs a source to its end; its summary. */
const load = async (source: string) => {
  const child = startLoad(source);
  let printed = '';
  child.stdout!.on('data', (chunk) => {
    printed += chunk;
  });
  const [code] = await once(child, 'close');
  expect(code).toBe(0);
  return JSON.parse(printed) as { accepted: number; rejected: number };
};

const idsOf = async (prefix: string) =>
  (await project.ids('orders')).filter((id) => id.startsWith(prefix)).toSorted();
/** Where the topic ends, in all its partitions: asked in a millisecond, unlike the ids. */
const topicEnd = async (): Promise<number> => {
  const connection = { brokers: stackUnderTest().kafkaBrokers.split(','), clientId: 'test' };
  const admin = createAdmin({ ...connection, logger: silentLogger });
  const ends = await admin.partitionOffsets(`events.${project.domain}.orders`).finally(admin.close);
  return ends.reduce((sum, { stable }) => sum + stable, 0);
};
const named = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, n) => `${prefix}${n}`).toSorted();

test('an API is loaded once, page by page, also when the loader is killed in the midst of its pages', async () => {
  api.pageRows = 1;
  for (let n = 0; n < 60; n += 1) api.records.push({ id: `api${n}`, updated_at: n });
  await declare(
    'api',
    `from:
  http: ${api.url}/cursor
  records: data.items
  pages: { cursor: next, parameter: after }
  cursor: { field: updated_at, parameter: since }
map: { order_id: id, amount: updated_at, placed_at: updated_at }
`,
  );
  const asked = api.seen.length;
  const killed = startLoad('api');
  const closed = once(killed, 'close');
  await expect.poll(() => api.seen.length - asked, { interval: 2 }).toBeGreaterThan(20);
  killed.kill('SIGKILL');
  await closed;
  const before = (await idsOf('api')).length;
  expect(before).toBeGreaterThan(0);
  expect(before).toBeLessThan(60);

  api.records.push({ id: 'api60', updated_at: 60 });
  await load('api');
  expect(await idsOf('api')).toEqual(named('api', 61));
  expect(await load('api')).toMatchObject({ accepted: 0 });
});

const querySource = (more = '') => `from:
  query: ${database.url}
  table: public.orders
  cursor: updated_at
  key: order_id
  ${more}
map: { order_id: order_id, amount: amount, placed_at: placed_at, note: note }
`;

test('a table is loaded once, in chunks, also when the loader is killed between two', async () => {
  await database.query(
    `CREATE TABLE orders (order_id text PRIMARY KEY, amount int NOT NULL, placed_at timestamptz NOT NULL,
       note text, updated_at timestamptz NOT NULL DEFAULT now())`,
  );
  await database.query('CREATE INDEX ON orders (updated_at, order_id)');
  // All with one cursor, so that the key alone tells where a chunk ends.
  await database.query(
    `INSERT INTO orders SELECT 'q' || n, n, '2026-11-27 08:00:00.123+01', CASE WHEN n = 1 THEN 'Grüße' END
       FROM generate_series(0, 1999) n`,
  );
  // So many transactions that it is still at work when the first are seen.
  await declare('orders', querySource('chunk: 1'));
  const before = await topicEnd();
  const killed = startLoad('orders');
  const closed = once(killed, 'close');
  await expect.poll(topicEnd, { interval: 5 }).toBeGreaterThan(before + 20);
  killed.kill('SIGKILL');
  await closed;
  expect((await idsOf('q')).length).toBeLessThan(2000);
  await declare('orders', querySource('chunk: 1000'));
  await load('orders');
  expect(await idsOf('q')).toEqual(named('q', 2000));

  await database.query(`UPDATE orders SET amount = 1000, updated_at = now() WHERE order_id = 'q7'`);
  expect(await load('orders')).toMatchObject({ accepted: 1 });
  expect((await idsOf('q')).filter((id) => id === 'q7').length).toBe(2);
});

test('a row that commits after rows with a larger cursor is not passed over', async () => {
  const slow = await database.connect();
  try {
    await slow.query('BEGIN');
    await slow.query(
      `INSERT INTO orders VALUES ('slow', 1, date_trunc('second', now()), NULL, now())`,
    );
    await database.query(
      `INSERT INTO orders VALUES ('quick', 1, date_trunc('second', now()), NULL, now())`,
    );
    const loading = load('orders');
    // It looks again and again who is still at work: more than once it would not if it read on at once.
    const looks = new Set<string>();
    await expect
      .poll(
        async () => {
          const { rows } = await database.query(
            `SELECT query_start::text AS at FROM pg_stat_activity
               WHERE application_name = 'millrace-ingest' AND query LIKE '%virtualxid%'`,
          );
          for (const { at } of rows as { at: string }[]) looks.add(at);
          return looks.size;
        },
        { interval: 5 },
      )
      .toBeGreaterThan(3);
    await slow.query('COMMIT');
    expect(await loading).toMatchObject({ accepted: 2 });
  } finally {
    await slow.end();
  }
  expect(await idsOf('slow')).toEqual(['slow']);
  expect(await idsOf('quick')).toEqual(['quick']);
});

test('values keep what the driver would round, and a cursor that may be null is refused', async () => {
  await declare('nulls', querySource().replace('cursor: updated_at', 'cursor: note'));
  const child = startLoad('nulls');
  let said = '';
  child.stderr!.on('data', (chunk) => {
    said += chunk;
  });
  const [code] = await once(child, 'close');
  expect(code).toBe(1);
  expect(said).toContain('ingest.place-refused');
  expect(said).not.toContain(database.url);
});
