/** Our service and Debezium over one database: started together, waited for together, read together. */
import {
  type PostgresDatabase,
  type ServiceProcess,
  stackUnderTest,
  startService,
  uniqueName,
} from '@millrace/testkit';
import { vi } from 'vitest';
import type { Properties } from '../debezium/connector-properties.ts';
import type { DebeziumWorker } from '../debezium/debezium.ts';
import { type Comparison, compareCaptures } from './differences.ts';
import { readCapture } from './read-capture.ts';

/** The same behaviour, said in the settings of each. */
export interface Variant {
  readonly name: string;
  readonly ours: Readonly<Record<string, string>>;
  readonly theirs: Properties;
}

export interface BothCaptures {
  /** Waits until both have put into Kafka what is committed now. */
  caughtUp(): Promise<void>;
  compare(): Promise<Comparison>;
  stop(): Promise<void>;
}

const patience = { timeout: 90_000, interval: 200 } as const;

/** Commits rows of its own until both slots are confirmed behind what was committed before. */
const waitForSlots = async (database: PostgresDatabase, slots: readonly string[]) => {
  const { rows } = await database.query('select pg_current_wal_lsn()::text as lsn');
  await vi.waitFor(async () => {
    await database.query('insert into compat_tick default values');
    const done = await database.query(
      `select from pg_replication_slots where slot_name = any($1) and confirmed_flush_lsn > $2::pg_lsn`,
      [slots, rows[0].lsn],
    );
    if (done.rowCount !== slots.length) throw new Error(`${done.rowCount} slots are confirmed`);
  }, patience);
};

/** Starts both; resolves when both stream. The database holds a table `compat_tick`, which is not compared. */
export async function startBoth(
  worker: DebeziumWorker,
  database: PostgresDatabase,
  variant: Variant,
): Promise<BothCaptures> {
  const stack = stackUnderTest();
  const ours = uniqueName('ours').replaceAll('-', '_');
  const theirs = uniqueName('theirs').replaceAll('-', '_');
  const service: ServiceProcess = await startService('cdc', {
    MILLRACE_KAFKA_BROKERS: stack.kafkaBrokers,
    MILLRACE_REGISTRY_URL: stack.registryUrl,
    MILLRACE_POSTGRES_URL: database.url,
    MILLRACE_CDC_SOURCE: ours,
    MILLRACE_CDC_TABLES: '*',
    ...variant.ours,
  });
  await service.ready();
  const connector = await worker.connect({
    ...{ kafkaBrokers: stack.kafkaBrokers, registryUrl: stack.registryUrl },
    ...{ postgresUrl: database.url, prefix: `changes.${theirs}`, properties: variant.theirs },
  });
  await connector.streaming();
  return {
    caughtUp: () => waitForSlots(database, [`millrace_${ours}`, connector.name]),
    compare: async () => {
      const [left, right] = await Promise.all(
        [ours, theirs].map((source) => readCapture(stack, `changes.${source}`)),
      );
      const tick = 'PREFIX.public.compat_tick';
      const others = (capture: typeof left) =>
        new Map([...(capture ?? [])].filter(([topic]) => topic !== tick));
      return compareCaptures(others(left), others(right));
    },
    stop: async () => {
      await connector.remove();
      await service.stop();
    },
  };
}
