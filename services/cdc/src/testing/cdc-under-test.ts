/** A source database, the service process that captures it, and the change topics it fills. */
import { changeTopic, slotNameOf } from '@millrace/contracts';
import {
  type ChangeRecord,
  createChangeLog,
  createPostgresDatabase,
  type PostgresDatabase,
  type ServiceProcess,
  stackUnderTest,
  startService,
  uniqueName,
} from '@millrace/testkit';
import { expect, vi } from 'vitest';

const PATIENCE = { timeout: 60_000, interval: 50 } as const;

export interface CdcUnderTest {
  readonly database: PostgresDatabase;
  readonly source: string;
  /** Starts the service; `env` lies over the defaults. */
  start(env?: Readonly<Record<string, string>>): Promise<ServiceProcess>;
  /** What every instance wrote so far, one after the other. */
  lines(): readonly string[];
  changes(table: string, schema?: string): Promise<readonly ChangeRecord[]>;
  /** Waits until the slot is confirmed up to what is written now. */
  caughtUp(): Promise<void>;
  /** Drops the slot once its walsender has gone: that of a killed reader stays until PostgreSQL meets the closed socket. */
  dropSlot(name: string): Promise<void>;
  /** SIGTERM to every instance, and their exits. */
  stopAll(): Promise<void>;
  close(): Promise<void>;
}

/** `databaseOptions`: SQL behind `create database`. */
export const createCdcUnderTest = async (
  prefix: string,
  databaseOptions = '',
): Promise<CdcUnderTest> => {
  const stack = stackUnderTest();
  const database = await createPostgresDatabase(prefix, stack.postgresUrl, databaseOptions);
  const source = uniqueName(prefix).replaceAll('-', '_');
  const logs = new Map<string, ReturnType<typeof createChangeLog>>();
  const running: ServiceProcess[] = [];
  const started: ServiceProcess[] = [];
  const alive = new Set<ServiceProcess>();
  /** The last one that ended was killed: what it was writing stays open until another one comes. */
  let wasKilled = false;
  /** Of those that were started; a test may have made another slot, which nobody reads. */
  const slots = new Set<string>();
  const confirmed = async (target: string): Promise<boolean> => {
    const { rows } = await database.query(
      `select bool_and(confirmed_flush_lsn >= $1::pg_lsn) as done from pg_replication_slots
       where slot_name = any($2)`,
      [target, [...slots]],
    );
    return rows[0]?.done === true;
  };
  /** Where slots and services stand, for who waited in vain. */
  const standing = async (): Promise<string> => {
    const { rows } = await database.query(
      'select slot_name, active, confirmed_flush_lsn, restart_lsn from pg_replication_slots where slot_name = any($1)',
      [[...slots]],
    );
    const metrics = await Promise.all(
      [...alive].map(({ adminUrl }) => fetch(`${adminUrl}/metrics`).then((one) => one.text())),
    ).catch((error: unknown) => [String(error)]);
    const told = metrics.join('\n').match(/^millrace_cdc_.* (?!0$).*$/gm) ?? [];
    const lines = started.flatMap((service) => service.lines.slice(-15));
    return [JSON.stringify(rows), ...lines, ...told].join('\n');
  };
  return {
    database,
    source,
    start: async (env = {}) => {
      const service = await startService('cdc', {
        MILLRACE_KAFKA_BROKERS: stack.kafkaBrokers,
        MILLRACE_REGISTRY_URL: stack.registryUrl,
        MILLRACE_POSTGRES_URL: database.url,
        MILLRACE_CDC_SOURCE: source,
        MILLRACE_CDC_TABLES: '*',
        ...env,
      });
      slots.add(slotNameOf(env['MILLRACE_CDC_SOURCE'] ?? source));
      running.push(service);
      started.push(service);
      alive.add(service);
      void service.exited.then(({ signal }) => {
        alive.delete(service);
        wasKilled = signal === 'SIGKILL';
      });
      return service;
    },
    lines: () => started.flatMap(({ lines }) => lines),
    changes: (table, schema = 'public') => {
      const nobodyEndsIt = alive.size === 0 && wasKilled;
      const topic = changeTopic(source, schema, table);
      const read = logs.get(topic) ?? createChangeLog(stack, topic);
      logs.set(topic, read);
      return read(nobodyEndsIt ? { patienceMs: 0 } : {});
    },
    caughtUp: async () => {
      const { rows } = await database.query('select pg_current_wal_lsn()::text as lsn');
      // in hooks, too, where expect.poll is not to be had
      const isPast = async () => expect(await confirmed(rows[0].lsn)).toBe(true);
      await vi.waitFor(isPast, PATIENCE).catch(async (cause: unknown) => {
        throw new Error(`not confirmed up to ${rows[0].lsn}: ${await standing()}`, { cause });
      });
    },
    dropSlot: async (name) => {
      const active = async () => {
        const { rows } = await database.query(
          'select active from pg_replication_slots where slot_name = $1',
          [name],
        );
        return rows[0]?.active;
      };
      await expect.poll(active, PATIENCE).toBe(false);
      await database.query('select pg_drop_replication_slot($1)', [name]);
    },
    stopAll: async () => {
      await Promise.all(running.splice(0).map((service) => service.stop()));
    },
    close: async () => {
      for (const service of running) service.kill('SIGKILL');
      await Promise.all(running.map((service) => service.exited));
      await database.drop();
    },
  };
};
