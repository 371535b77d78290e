/** Kafka goes away while rows are written, stays away, and comes back. For a while in CI, for minutes in tests/long. */
import { changeTopic } from '@millrace/contracts';
import { type RunningStack, residentBytes } from '@millrace/stack';
import { createPostgresDatabase, pace, readChangeLog, startService } from '@millrace/testkit';
import { expect } from 'vitest';

const MB = 1e6;
/** A thousand bytes each: within 15 s twice what cdc (4 MiB) and the sockets on both sides hold. */
const ROWS = 200;
const RESIDENT_BYTES_MAX = 300 * MB;
const PATIENCE = { timeout: 120_000, interval: 100 } as const;

/** How the broker goes away, and how it returns. */
export const outages = {
  killed: {
    begin: (stack: RunningStack) => stack.kill('kafka'),
    end: (stack: RunningStack) => stack.restart('kafka'),
  },
  frozen: {
    begin: async (stack: RunningStack) => stack.signal('kafka', 'SIGSTOP'),
    end: async (stack: RunningStack) => stack.signal('kafka', 'SIGCONT'),
  },
} as const;

/**
 * Asserts that for `awayMs` the connection to PostgreSQL is kept although its patience is 10 s, the slot stands still,
 * memory is bounded, and that afterwards every row is there once, in order.
 */
export const expectKafkaAwayIsHarmless = async (
  stack: RunningStack,
  outage: keyof typeof outages,
  awayMs: number,
): Promise<void> => {
  const source = `away_${outage}`;
  const database = await createPostgresDatabase('away', stack.endpoints.postgresUrl);
  try {
    await database.query(`alter database "${database.name}" set wal_sender_timeout = '10s'`);
    await database.query('create table t (id int primary key, note text)');
    const service = await startService('cdc', {
      MILLRACE_KAFKA_BROKERS: stack.endpoints.kafkaBrokers,
      MILLRACE_REGISTRY_URL: stack.endpoints.registryUrl,
      MILLRACE_POSTGRES_URL: database.url,
      MILLRACE_CDC_SOURCE: source,
      MILLRACE_CDC_TABLES: 'public.t',
      // over while Kafka is away: the broker that comes back ends what it finds open
      MILLRACE_CDC_TRANSACTION_TIMEOUT: '10s',
    });
    await service.ready();
    let written = 0;
    const insert = async () => {
      await database.query(
        `insert into t select g, repeat('x', 1000) from generate_series($1::int, $1::int + ${ROWS - 1}) g`,
        [written],
      );
      written += ROWS;
    };
    const sender = async () => {
      const { rows } = await database.query(
        `select active_pid as pid, confirmed_flush_lsn::text as confirmed,
                pg_wal_lsn_diff(pg_current_wal_lsn(), sent_lsn)::float8 as "unsentBytes"
         from pg_replication_slots left join pg_stat_replication on pid = active_pid
         where database = current_database()`,
      );
      return rows[0];
    };
    const isConfirmed = async () => {
      const { rows } = await database.query('select pg_current_wal_lsn()::text as lsn');
      await expect
        .poll(async () => {
          const { rows: slots } = await database.query(
            `select confirmed_flush_lsn >= $1::pg_lsn as done from pg_replication_slots
             where database = current_database()`,
            [rows[0].lsn],
          );
          return slots[0].done;
        }, PATIENCE)
        .toBe(true);
    };
    await insert();
    await isConfirmed();
    const before = await sender();

    // a transaction at Kafka is open when it goes: some of these are written, not all
    const busy = (async () => {
      for (let i = 0; i < 50; i++) await insert();
    })();
    await outages[outage].begin(stack);
    await busy;
    const standing = new Set<string>();
    let residentMax = 0;
    const startedMs = performance.now();
    for (let lookMs = 0; performance.now() - startedMs < awayMs; lookMs++) {
      await insert();
      await pace(100);
      const now = await sender();
      // the first look may still see what was under way
      if (lookMs > 10) standing.add(now.confirmed);
      expect(now.pid).toBe(before?.pid);
      residentMax = Math.max(residentMax, residentBytes(service.pid) ?? 0);
    }
    expect(standing.size).toBe(1);
    expect((await sender()).unsentBytes).toBeGreaterThan(0);

    await outages[outage].end(stack);
    await isConfirmed();
    console.log(
      `Kafka ${outage} for ${Math.round(awayMs / 1000)} s: ${written} rows, RSS at most ${Math.round(residentMax / MB)} MB`,
    );
    expect(residentMax).toBeLessThan(RESIDENT_BYTES_MAX);
    expect((await sender()).pid).toBe(before?.pid);
    const changes = await readChangeLog(stack.endpoints, changeTopic(source, 'public', 't'));
    expect(changes.map(({ key }) => Number(key?.['id']))).toEqual(
      Array.from({ length: written }, (_, id) => id),
    );
    expect(await service.metric('millrace_cdc_session_retries_total')).toBe(0);
    expect((await service.stop()).code).toBe(0);
  } finally {
    await database.drop();
  }
};
