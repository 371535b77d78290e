/**
 * Query sources on a real MariaDB and a real MySQL, as far as the machine has them: rows once and none passed over, values,
 * refusals, TLS. One row of it goes by `millrace load` onto Kafka, and is killed on the way.
 */
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@millrace/pipeline';
import { createEventProject, type EventProject, stackUnderTest } from '@millrace/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { caCert, doorCert, doorKey, loaderCert, loaderKey } from '../../../testing/certificates.ts';
import { type MysqlServer, serverKinds, startMysql } from '../../testing/mysql-server.ts';
import { createSourceLoads, type SourceLoads } from '../../testing/source-loads.ts';
import type { QueryDeclaration } from '../query-declaration.ts';
import { openMysqlSession } from './mysql-session.ts';

let certificates: string;
const pem = (name: string): string => join(certificates, `${name}.pem`);
beforeAll(async () => {
  certificates = await mkdtemp(join(tmpdir(), 'millrace-mysql-tls-'));
  // The server is another user, and MySQL wants to own nothing that others may write.
  await chmod(certificates, 0o755);
  const files = { ca: caCert, server: doorCert, 'server-key': doorKey };
  const own = { loader: loaderCert, 'loader-key': loaderKey };
  for (const [name, text] of Object.entries({ ...files, ...own })) await writeFile(pem(name), text);
});
afterAll(() => rm(certificates, { recursive: true }));

const tlsOptions = (): readonly string[] => [
  ...[`--ssl-ca=${pem('ca')}`, `--ssl-cert=${pem('server')}`, `--ssl-key=${pem('server-key')}`],
];
const named = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, n) => `${prefix}${n}`).toSorted();

const servers = await Promise.all(
  serverKinds.map(async (kind) => ({ ...kind, programs: await kind.find() })),
);

describe.each(servers)('$name', ({ programs, howToGet }) => {
  describe.skipIf(programs === undefined)(programs === undefined ? howToGet : 'is read', () => {
    let project: EventProject;
    let loads: SourceLoads;
    let server: MysqlServer;
    let root: Awaited<ReturnType<MysqlServer['connect']>>;
    beforeAll(async () => {
      project = await createEventProject(stackUnderTest());
      loads = await createSourceLoads(project);
      server = await startMysql(programs!);
      root = await server.connect();
      await root.query('USE shop');
    });
    afterAll(async () => {
      await root?.end().catch(() => undefined);
      await server?.remove();
      await project?.remove();
    });

    const declarationOf = (given: Partial<QueryDeclaration>): QueryDeclaration => ({
      ...{ query: server.url, cursor: 'id', chunk: 100, lagSeconds: 0, ...given },
    });
    /** Time as it is, for the session's own pauses (the test waits for none); `paused` is told of each. */
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
      const rows = Array.from({ length: 20_000 }, (_, n) => [
        ...[`m${n}`, n, '2026-11-27 08:00:00.123', n === 1 ? 'Grüße' : null, '2026-11-27 08:00:00'],
      ]);
      await root.query('INSERT INTO orders VALUES ?', [rows]);
      const source = (chunk: number) =>
        [
          ...['from:', `  query: ${server.url}`, '  table: shop.orders', '  cursor: updated_at'],
          ...['  key: order_id', `  chunk: ${chunk}`],
          'map: { order_id: order_id, amount: amount, placed_at: placed_at, note: note }\n',
        ].join('\n');
      await loads.declare('mysql', source(1));
      const before = await loads.topicEnd();
      const killed = loads.start('mysql');
      const closed = once(killed, 'close');
      await expect.poll(loads.topicEnd, { interval: 5 }).toBeGreaterThan(before + 20);
      killed.kill('SIGKILL');
      await closed;
      expect((await loads.idsOf('m')).length).toBeLessThan(20_000);
      await loads.declare('mysql', source(1000));
      await loads.load('mysql');
      expect(await loads.idsOf('m')).toEqual(named('m', 20_000));
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

    test('a row of the same step that is written after the bound was taken is not passed over', async () => {
      await root.query('CREATE TABLE ties (id varchar(9), at timestamp)');
      await root.query("INSERT INTO ties VALUES ('b', '2026-11-27 08:00:00')");
      await withSession({ table: 'ties', cursor: 'at', key: 'id' }, async (session) => {
        const clock = clockWith(async (pause) => {
          if (pause === 1) await root.query("INSERT INTO ties SELECT 'a', at FROM ties");
        });
        const bound = await session.settle(clock, signal);
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
      await server.start(tlsOptions());
      expect(
        await withSession({ table: 'late' }, (session) => session.settle(clockWith(), signal)),
      ).toBe('2');
    });

    test('within TLS the server must be who it says, by a CA and a name, and may ask for a certificate', async () => {
      const admin = await server.connect();
      await admin.query("CREATE USER certified IDENTIFIED BY 'x' REQUIRE X509");
      await admin.query('GRANT SELECT, PROCESS ON *.* TO certified');
      await admin.end();
      const { port } = server;
      const ask = (query: string) =>
        withSession({ table: 'late', query }, (session) => session.settle(clockWith(), signal));
      const refused = async (query: string, said: RegExp) => {
        const error = await ask(query).catch((error) => error as Error);
        expect(error).toMatchObject({ code: expect.stringMatching(/^ingest\.place-/) });
        expect((error as Error).message).toMatch(said);
      };
      const reader = `mysql://reader:p%20w%25@localhost:${port}/shop`;
      expect(await ask(`${reader}?sslrootcert=${pem('ca')}`)).toBe('2');
      await refused(`${reader}?sslmode=require`, /certificate/);
      await refused(`${reader}?sslrootcert=${pem('loader')}`, /certificate/);
      const certified = `mysql://certified:x@localhost:${port}/shop?sslrootcert=${pem('ca')}`;
      expect(await ask(`${certified}&sslcert=${pem('loader')}&sslkey=${pem('loader-key')}`)).toBe(
        '2',
      );
      await refused(certified, /Access denied/);
    });
  });
});
