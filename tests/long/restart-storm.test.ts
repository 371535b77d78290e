/**
 * cdc is killed at random moments for minutes, while rows, keys, long values and columns change in several tables and
 * snapshots are asked for. A trigger notes every change in the transaction that makes it: afterwards each of them is on its
 * topic once, per key in the order of the table, and the topics fold to the tables.
 */
import { changeTopic } from '@millrace/contracts';
import { type RunningStack, startStack } from '@millrace/stack';
import {
  type ChangeRecord,
  createPostgresDatabase,
  momentOfChance,
  type PostgresDatabase,
  pace,
  readChangeLog,
  type ServiceProcess,
  startService,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

const STORM_MS = 240_000;
const PATIENCE = { timeout: 300_000, interval: 200 } as const;
const TABLES = ['plain', 'moving', 'shifting'] as const;
const IDS = 40;
/** Rows that nobody changes: a snapshot beside the stream never leaves them out. */
const QUIET = { from: 2001, to: 2060 } as const;

let stack: RunningStack;
let database: PostgresDatabase;

beforeAll(async () => {
  stack = await startStack({ backend: 'embedded' });
  database = await createPostgresDatabase('storm', stack.endpoints.postgresUrl);
  await database.query(`
    create sequence s;
    create table noted (n bigserial primary key, tab text, op text, id int, seq bigint);
    create function note() returns trigger language plpgsql as $$ begin
      if tg_op = 'DELETE' or (tg_op = 'UPDATE' and new.id <> old.id) then
        insert into noted (tab, op, id) values (tg_table_name, 'd', old.id);
      end if;
      if tg_op = 'INSERT' or (tg_op = 'UPDATE' and new.id <> old.id) then
        insert into noted (tab, op, id, seq) values (tg_table_name, 'c', new.id, new.seq);
      elsif tg_op = 'UPDATE' then
        insert into noted (tab, op, id, seq) values (tg_table_name, 'u', new.id, new.seq);
      end if;
      return null;
    end $$`);
  for (const table of TABLES) {
    await database.query(`
      create table ${table} (id int primary key, seq bigint not null default nextval('s'), doc text);
      alter table ${table} alter doc set storage external;
      create trigger note after insert or update or delete on ${table} for each row execute function note();
      insert into ${table} (id, doc) select g, 'quiet' from generate_series(${QUIET.from}, ${QUIET.to}) g`);
  }
  await database.query('truncate noted');
});
afterAll(async () => {
  await database.drop();
  await stack.stop();
});

const chance = (share: number): boolean => Math.random() < share;
const someId = (): number => 1 + Math.floor(Math.random() * IDS);

const statementOn = (table: string): string => {
  const id = someId();
  if (chance(0.15)) return `delete from ${table} where id = ${id}`;
  if (table === 'moving' && chance(0.2)) {
    return `update moving set id = 1000 - id, seq = nextval('s') where id = ${id}
            and not exists (select from moving where id = ${1000 - id})`;
  }
  const doc = chance(0.3) ? `, doc = repeat(md5(random()::text), 200)` : '';
  return `insert into ${table} (id, doc) values (${id}, repeat('x', 5000))
          on conflict (id) do update set seq = nextval('s')${doc}`;
};

/** Runs `step` again and again until stopped; the end of the returned promise is the end of the last step. */
const until = (stopped: () => boolean, step: () => Promise<unknown>): Promise<void> =>
  (async () => {
    while (!stopped()) await step();
  })();

const signalFor = (source: string, id: string, tables: readonly string[]): string => {
  const content = {
    ...{ id, type: 'execute-snapshot' },
    data: { 'data-collections': tables.map((table) => `public.${table}`) },
  };
  return `select pg_logical_emit_message(true, 'millrace.signal.${source}', '${JSON.stringify(content)}')`;
};

const started = (source: string): Promise<ServiceProcess> =>
  startService('cdc', {
    MILLRACE_KAFKA_BROKERS: stack.endpoints.kafkaBrokers,
    MILLRACE_REGISTRY_URL: stack.endpoints.registryUrl,
    MILLRACE_POSTGRES_URL: database.url,
    MILLRACE_CDC_SOURCE: source,
    MILLRACE_CDC_TABLES: TABLES.map((table) => `public.${table}`).join(','),
    MILLRACE_CDC_BATCH_RECORDS_MAX: '50',
    MILLRACE_CDC_INCREMENTAL_CHUNK_ROWS: '7',
  });

/** The story of each key as `op seq`, rows of snapshots left out; and what the topic folds to. */
const storyOf = (changes: readonly ChangeRecord[]) => {
  const stories = new Map<number, string[]>();
  const rows = new Map<number, string>();
  for (const { key, value } of changes) {
    if (value === undefined) continue;
    const id = Number(key?.['id']);
    const seq = value.after?.['seq'];
    if (value.op === 'd') rows.delete(id);
    else rows.set(id, String(seq));
    if (value.op === 'r') continue;
    const story = stories.get(id) ?? [];
    stories.set(id, story);
    story.push(value.op === 'd' ? 'd' : `${value.op} ${seq}`);
  }
  return { stories, rows };
};

test('killed at random for minutes amid changes of rows, keys and columns and snapshots by signal: each change once, in order', async () => {
  const source = 'storm';
  const first = await started(source);
  await first.ready();
  let isOver = false;
  const writers = TABLES.map(async (table) => {
    const client = await database.connect();
    await until(
      () => isOver,
      async () => {
        const rows = chance(0.02) ? 200 : 1 + Math.floor(Math.random() * 8);
        const statements = Array.from({ length: rows }, () => statementOn(table));
        await client.query(
          `begin; ${statements.join('; ')}; ${chance(0.1) ? 'rollback' : 'commit'}`,
        );
        await pace(5);
      },
    );
  });
  const client = await database.connect();
  let turns = 0;
  const surroundings = until(
    () => isOver,
    async () => {
      await momentOfChance(500, 2500);
      turns++;
      if (turns % 3 === 0)
        await client.query(`alter table shifting add column c${turns} int default ${turns}`);
      if (turns % 6 === 5) await client.query(`alter table shifting drop column c${turns - 2}`);
      await client.query(signalFor(source, `${turns}`, [TABLES[turns % 3] as string]));
    },
  );

  const endMs = performance.now() + STORM_MS;
  let kills = 0;
  let service = first;
  while (performance.now() < endMs) {
    await momentOfChance(500, 9000);
    service.kill('SIGKILL');
    await service.exited;
    kills++;
    service = await started(source);
  }
  isOver = true;
  await Promise.all([...writers, surroundings]);

  await service.ready();
  // whatever the kills left: what is asked for now is read whole
  const quietRows = async (table: string): Promise<number> =>
    (await readChangeLog(stack.endpoints, changeTopic(source, 'public', table))).filter(
      ({ key, value }) => value?.op === 'r' && Number(key?.['id']) >= QUIET.from,
    ).length;
  const { rows: now } = await database.query('select pg_current_wal_lsn()::text as lsn');
  await expect
    .poll(async () => {
      const { rows } = await database.query(
        'select bool_and(confirmed_flush_lsn >= $1::pg_lsn) as done from pg_replication_slots where database = current_database()',
        [now[0].lsn],
      );
      return rows[0].done;
    }, PATIENCE)
    .toBe(true);
  for (const table of TABLES) {
    const before = await quietRows(table);
    await client.query(signalFor(source, `last ${table}`, [table]));
    await expect
      .poll(() => quietRows(table), PATIENCE)
      .toBeGreaterThanOrEqual(before + QUIET.to - QUIET.from + 1);
  }
  let [changed, reread] = [0, 0];
  for (const table of TABLES) {
    const changes = await readChangeLog(stack.endpoints, changeTopic(source, 'public', table));
    const { rows, stories } = storyOf(changes);
    const { rows: noted } = await database.query(
      `select id, array_agg(case op when 'd' then 'd' else op || ' ' || seq end order by n) as story
       from noted where tab = $1 group by id`,
      [table],
    );
    for (const { id, story } of noted) {
      expect({ table, id, story: stories.get(id) }).toEqual({ table, id, story });
      changed += story.length;
    }
    expect(stories.size).toBe(noted.length);
    const { rows: standing } = await database.query(`select id, seq from ${table} order by id`);
    expect([...rows].sort(([a], [b]) => a - b)).toEqual(standing.map(({ id, seq }) => [id, seq]));
    reread += changes.filter(({ value }) => value?.op === 'r').length;
  }
  console.log(`${kills} kills, ${changed} changes, ${reread} rows of snapshots, ${turns} signals`);
  expect((await service.stop()).code).toBe(0);
});
