/** Sources that are asked and not listed, HTTP APIs and queries, by `millrace load` onto Kafka: killed on the way, and each row once. */
import { once } from 'node:events';
import { systemClock } from '@millrace/pipeline';
import {
  createEventProject,
  createPostgresDatabase,
  type EventProject,
  type PostgresDatabase,
  stackUnderTest,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPostgresSession } from './query/postgres/postgres-session.ts';
import { type PagedApi, startPagedApi } from './testing/paged-api.ts';
import { createSourceLoads, type SourceLoads } from './testing/source-loads.ts';

let project: EventProject;
let loads: SourceLoads;
let database: PostgresDatabase;
let api: PagedApi;

beforeAll(async () => {
  project = await createEventProject(stackUnderTest());
  loads = await createSourceLoads(project);
  database = await createPostgresDatabase('pull', stackUnderTest().postgresUrl);
  api = await startPagedApi();
});
afterAll(async () => {
  await api?.close();
  await database?.drop();
  await project?.remove();
});

const named = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, n) => `${prefix}${n}`).toSorted();

test('an API is loaded once, page by page, also when the loader is killed in the midst of its pages', async () => {
  api.pageRows = 1;
  for (let n = 0; n < 60; n += 1) api.records.push({ id: `api${n}`, updated_at: n });
  await loads.declare(
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
  const killed = loads.start('api');
  const closed = once(killed, 'close');
  await expect.poll(() => api.seen.length - asked, { interval: 2 }).toBeGreaterThan(20);
  killed.kill('SIGKILL');
  await closed;
  const before = (await loads.idsOf('api')).length;
  expect(before).toBeGreaterThan(0);
  expect(before).toBeLessThan(60);

  api.records.push({ id: 'api60', updated_at: 60 });
  await loads.load('api');
  expect(await loads.idsOf('api')).toEqual(named('api', 61));
  expect(await loads.load('api')).toMatchObject({ accepted: 0 });
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
  // All with one cursor, so that the key alone tells where a chunk ends; twice as many as a transaction holds at most, so
  // that as many are left to read, one by one, when the first are seen.
  await database.query(
    `INSERT INTO orders SELECT 'q' || n, n, '2026-11-27 08:00:00.123+01', CASE WHEN n = 1 THEN 'Grüße' END
       FROM generate_series(0, 19999) n`,
  );
  await loads.declare('orders', querySource('chunk: 1'));
  const before = await loads.topicEnd();
  const killed = loads.start('orders');
  const closed = once(killed, 'close');
  await expect.poll(loads.topicEnd, { interval: 5 }).toBeGreaterThan(before + 20);
  killed.kill('SIGKILL');
  await closed;
  expect((await loads.idsOf('q')).length).toBeLessThan(20_000);
  await loads.declare('orders', querySource('chunk: 1000'));
  await loads.load('orders');
  expect(await loads.idsOf('q')).toEqual(named('q', 20_000));

  await database.query(`UPDATE orders SET amount = 1000, updated_at = now() WHERE order_id = 'q7'`);
  expect(await loads.load('orders')).toMatchObject({ accepted: 1 });
  expect((await loads.idsOf('q')).filter((id) => id === 'q7').length).toBe(2);
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
    const loading = loads.load('orders');
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
  expect(await loads.idsOf('slow')).toEqual(['slow']);
  expect(await loads.idsOf('quick')).toEqual(['quick']);
});

test.each([
  ['timestamptz(0)', 'at'],
  ['timestamp(3)', 'at'],
  // an expression keeps nobody knows how many digits
  ['timestamptz', "date_trunc('second', at) AS at"],
])(
  'a row of the same step of a %s, read as %s, that is written after the bound was taken is not passed over',
  async (type, cursor) => {
    await database.query(`DROP TABLE IF EXISTS ties; CREATE TABLE ties (id text, at ${type})`);
    await database.query("INSERT INTO ties VALUES ('b', '2026-11-27 08:00:00')");
    const session = await openPostgresSession({
      ...{ query: database.url, select: `SELECT id, ${cursor} FROM ties`, cursor: 'at', key: 'id' },
      ...{ chunk: 100, lagSeconds: 0 },
    });
    let written = false;
    const clock = {
      nowMs: Date.now,
      sleep: async (durationMs: number) => {
        if (!written) await database.query("INSERT INTO ties SELECT 'a', at FROM ties");
        written = true;
        await systemClock.sleep(durationMs);
      },
    };
    try {
      const bound = await session.settle(clock, new AbortController().signal);
      const { values } = await session.chunk(bound!, undefined);
      expect(values).toMatchObject([{ id: 'a' }, { id: 'b' }]);
    } finally {
      await session.close();
    }
  },
);

test('a cursor that may be null is refused, and one that is a date', async () => {
  await loads.declare('nulls', querySource().replace('cursor: updated_at', 'cursor: note'));
  const child = loads.start('nulls');
  let said = '';
  child.stderr!.on('data', (chunk) => {
    said += chunk;
  });
  const [code] = await once(child, 'close');
  expect(code).toBe(1);
  expect(said).toContain('ingest.place-refused');
  expect(said).not.toContain(database.url);
  const session = await openPostgresSession({
    ...{ query: database.url, select: 'SELECT current_date AS day', cursor: 'day' },
    ...{ chunk: 100, lagSeconds: 0 },
  });
  await expect(session.settle(systemClock, new AbortController().signal)).rejects.toMatchObject({
    ...{ code: 'ingest.place-refused', message: expect.stringContaining('is a date') },
  });
  await session.close();
});
