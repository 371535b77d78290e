/** Sources that are asked and not listed, HTTP APIs and queries, by `millrace load` onto Kafka: killed on the way, and each row once. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createAdmin } from '@millrace/kafka';
import { silentLogger, systemClock } from '@millrace/pipeline';
import {
  createEventProject,
  createPostgresDatabase,
  type EventProject,
  type PostgresDatabase,
  stackUnderTest,
} from '@millrace/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openMysqlSession } from './query/mysql/mysql-session.ts';
import type { QueryDeclaration } from './query/query-declaration.ts';
import { type MariadbServer, mariadbMissing, startMariadb } from './testing/mariadb-server.ts';
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
  // All with one cursor, so that the key alone tells where a chunk ends; twice as many as a transaction holds at most, so
  // that as many are left to read, one by one, when the first are seen.
  await database.query(
    `INSERT INTO orders SELECT 'q' || n, n, '2026-11-27 08:00:00.123+01', CASE WHEN n = 1 THEN 'Grüße' END
       FROM generate_series(0, 19999) n`,
  );
  await declare('orders', querySource('chunk: 1'));
  const before = await topicEnd();
  const killed = startLoad('orders');
  const closed = once(killed, 'close');
  await expect.poll(topicEnd, { interval: 5 }).toBeGreaterThan(before + 20);
  killed.kill('SIGKILL');
  await closed;
  expect((await idsOf('q')).length).toBeLessThan(20_000);
  await declare('orders', querySource('chunk: 1000'));
  await load('orders');
  expect(await idsOf('q')).toEqual(named('q', 20_000));

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

const missing = mariadbMissing();

describe.skipIf(missing !== undefined)(
  `MariaDB${missing === undefined ? '' : `: ${missing}`}`,
  () => {
    let server: MariadbServer;
    let root: Awaited<ReturnType<MariadbServer['connect']>>;
    beforeAll(async () => {
      server = await startMariadb();
      root = await server.connect();
      await root.query('USE shop');
    });
    afterAll(async () => {
      await root?.end().catch(() => undefined);
      await server?.remove();
    });

    const declarationOf = (given: Partial<QueryDeclaration>): QueryDeclaration => ({
      ...{ query: server.url, cursor: 'id', chunk: 100, lagSeconds: 0, ...given },
    });
    /** Time as it is; `paused` is told of each pause. */
    const clockWith = (paused: (pause: number) => Promise<unknown> = async () => undefined) => {
      let pauses = 0;
      return {
        nowMs: Date.now,
        sleep: async (durationMs: number) => {
          pauses += 1;
          await paused(pauses);
          await systemClock.sleep(durationMs);
        },
      };
    };
    const { signal } = new AbortController();
    const withSession = async <T>(
      given: Partial<QueryDeclaration>,
      work: (session: Awaited<ReturnType<typeof openMysqlSession>>) => Promise<T>,
    ): Promise<T> => {
      const session = await openMysqlSession(declarationOf(given));
      return await work(session).finally(session.close);
    };

    test('a table is loaded once, in chunks, also when the loader is killed between two', async () => {
      await root.query(
        `CREATE TABLE orders (order_id varchar(20) PRIMARY KEY, amount int NOT NULL, placed_at timestamp(3) NOT NULL,
         note text, updated_at timestamp NOT NULL DEFAULT current_timestamp ON UPDATE current_timestamp)`,
      );
      await root.query('CREATE INDEX moments ON orders (updated_at, order_id)');
      // All with one cursor, so that the key alone tells where a chunk ends; twice as many as a transaction holds at most,
      // so that as many are left to read, one by one, when the first are seen.
      await root.query(
        `INSERT INTO orders SELECT concat('m', seq), seq, '2026-11-27 08:00:00.123', if(seq = 1, 'Grüße', NULL),
         '2026-11-27 08:00:00' FROM seq_0_to_19999`,
      );
      const source = (chunk: number) =>
        querySource(`chunk: ${chunk}`)
          .replace(database.url, server.url)
          .replace('public.orders', 'shop.orders');
      await declare('mariadb', source(1));
      const before = await topicEnd();
      const killed = startLoad('mariadb');
      const closed = once(killed, 'close');
      await expect.poll(topicEnd, { interval: 5 }).toBeGreaterThan(before + 20);
      killed.kill('SIGKILL');
      await closed;
      expect((await idsOf('m')).length).toBeLessThan(20_000);
      await declare('mariadb', source(1000));
      await load('mariadb');
      expect(await idsOf('m')).toEqual(named('m', 20_000));
    });

    test('a row that commits after rows with a larger cursor is not passed over', async () => {
      await root.query('CREATE TABLE late (id bigint AUTO_INCREMENT PRIMARY KEY, name text)');
      const slow = await server.connect();
      await slow.query("USE shop; BEGIN; INSERT INTO late (name) VALUES ('slow')");
      await root.query("INSERT INTO late (name) VALUES ('quick')");
      await withSession({ table: 'late' }, async (session) => {
        const clock = clockWith(async (pause) => pause === 3 && (await slow.query('COMMIT')));
        const bound = await session.settle(clock, signal);
        const { values } = await session.chunk(bound!, undefined);
        expect(values).toMatchObject([{ name: 'slow' }, { name: 'quick' }]);
      });
      await slow.end();
    });

    test('a row that is written in the same second as the last one is not passed over', async () => {
      await root.query('CREATE TABLE ties (id varchar(9), at timestamp)');
      await root.query("INSERT INTO ties VALUES ('b', '2026-11-27 08:00:00')");
      await withSession({ table: 'ties', cursor: 'at', key: 'id' }, async (session) => {
        let written = false;
        const clock = clockWith(async () => {
          if (!written) await root.query("INSERT INTO ties SELECT 'a', at FROM ties");
          written = true;
        });
        let bound: string | undefined;
        // A second may end just between two looks at the clock; then there is no pause to write in.
        for (let round = 0; round < 5 && !written; round += 1)
          bound = await session.settle(clock, signal);
        const { values } = await session.chunk(bound!, undefined);
        expect(values).toMatchObject([{ id: 'a' }, { id: 'b' }]);
      });
    });

    test('values are what the server has, and a date of zeros costs its row alone', async () => {
      await root.query(
        `SET sql_mode = ''; SET time_zone = '+02:00';
       CREATE TABLE kinds (id bigint unsigned PRIMARY KEY, d decimal(30,10), at datetime(6), ts timestamp(3),
         bytes binary(3), j json, yes tinyint(1), b bit(64), f double, day date);
       INSERT INTO kinds VALUES (18446744073709551615, 12345678901234567890.0123456789, '2026-11-27 08:00:00.123456',
         '2026-11-27 08:00:00.123', x'00ff', '{"n":9007199254740993}', 1, ~0, 0.1, NULL);
       INSERT INTO kinds (id, day) VALUES (1, '2026-02-00')`,
      );
      await withSession({ table: 'kinds' }, async (session) => {
        const bound = await session.settle(clockWith(), signal);
        const { values, faults, last } = await session.chunk(bound!, undefined);
        expect(values).toEqual([
          undefined,
          {
            ...{ id: '18446744073709551615', d: '12345678901234567890.0123456789' },
            ...{ at: '2026-11-27T08:00:00.123456', ts: '2026-11-27T06:00:00.123Z' },
            ...{ bytes: Buffer.from([0, 255, 0]), j: { n: '9007199254740993' }, yes: true },
            ...{ b: '18446744073709551615', f: 0.1, day: null },
          },
        ]);
        expect(faults.get(0)).toMatchObject({
          ...{ code: 'ingest.row-unreadable', message: 'column day: 2026-02-00 is no date' },
        });
        expect((await session.chunk(bound!, last)).values).toEqual([]);
      });
    });

    test('what a person must cure is refused, a server that is away is waited for, and neither tells the password', async () => {
      const fails = async (given: Partial<QueryDeclaration>, code: string, retryable: boolean) => {
        const failed = withSession(given, (session) => session.settle(clockWith(), signal));
        const error = await failed.catch((error) => error as Error);
        expect(error).toMatchObject({ code, retryable });
        expect((error as Error).message).not.toContain('p w%');
        return (error as Error).message;
      };
      const refused = 'ingest.place-refused';
      const at = (user: string) => server.url.replace('reader:p%20w%25', user);
      await root.query("CREATE USER poor IDENTIFIED BY 'x'; GRANT SELECT ON shop.* TO poor");
      expect(await fails({ table: 'late', query: at('poor:x') }, refused, false)).toContain(
        'PROCESS',
      );
      await fails({ table: 'late', query: at('reader:p%20w') }, refused, false);
      await fails({ table: 'nothing' }, refused, false);
      await fails({ table: 'kinds', cursor: 'ts' }, refused, false);
      await fails({ table: 'late', query: `${server.url}?sslmode=no-verify` }, refused, false);
      await server.stop();
      await fails({ table: 'late' }, 'ingest.place-unavailable', true);
      await server.start();
      expect(
        await withSession({ table: 'late' }, (session) => session.settle(clockWith(), signal)),
      ).toBe('2');
    });
  },
);
