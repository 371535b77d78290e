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
import { type Capture, type CapturedRecord, readCapture } from './read-capture.ts';

/** The same behaviour, said in the settings of each; `PREFIX` in a value stands for the capture's topic prefix. */
export interface Variant {
  readonly name: string;
  readonly ours: Readonly<Record<string, string>>;
  readonly theirs: Properties;
  /** A table that both are asked to read again beside the stream, when the statements are through. */
  readonly snapshot?: string;
}

export interface BothCaptures {
  /** Waits until both have put into Kafka what is committed now. */
  caughtUp(): Promise<void>;
  /** Asks for the variant's snapshot beside the stream and waits for its rows. */
  snapshot(): Promise<void>;
  /** All that each has put into Kafka. */
  read(): Promise<{ readonly ours: Capture; readonly theirs: Capture }>;
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

/** Not compared: what the test itself writes to see the slots move, and to ask Debezium for something. */
const ownTopics = ['PREFIX.public.compat_tick', 'PREFIX.public.debezium_signal'];

/** Rows of snapshots beside the stream in a table's topic. */
const incrementalRows = (capture: Capture, table: string): number =>
  (capture.get(`PREFIX.${table}`) ?? []).filter(({ value }) => {
    const datum = value?.datum as { source?: { snapshot?: unknown } } | undefined;
    return datum?.source?.snapshot === 'incremental';
  }).length;

const compared = (capture: Capture): Capture =>
  new Map(
    [...capture]
      .filter(([topic]) => !ownTopics.includes(topic))
      .map(([topic, records]) => [
        topic,
        topic === 'PREFIX.transaction' ? wholeTransactions(records) : records,
      ]),
  );

interface Boundary {
  readonly id: string;
  readonly status: string;
  readonly data_collections: readonly { readonly data_collection: string }[] | null;
}

/** Without the transactions of the test itself, and without one that had no end yet. Ids: see the table of differences. */
const wholeTransactions = (records: readonly CapturedRecord[]): readonly CapturedRecord[] => {
  const boundary = ({ value }: CapturedRecord) => value?.datum as Boundary;
  const number = (record: CapturedRecord) => boundary(record).id.split(':')[0];
  const ofTables = records.filter(
    (record) =>
      boundary(record).status === 'END' &&
      boundary(record).data_collections?.some(
        ({ data_collection }) => !ownTopics.includes(`PREFIX.${data_collection}`),
      ),
  );
  const numbers = new Set(ofTables.map(number));
  return records.filter((record) => numbers.has(number(record)));
};

const withPrefix = (settings: Properties, prefix: string): Properties =>
  Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [name, value.replaceAll('PREFIX', prefix)]),
  );

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
    // Debezium takes the moment of a message outside a transaction for the last commit
    MILLRACE_CDC_HEARTBEAT: '0s',
    ...withPrefix(variant.ours, `changes.${ours}`),
  });
  await service.ready();
  const connector = await worker.connect({
    ...{ kafkaBrokers: stack.kafkaBrokers, registryUrl: stack.registryUrl },
    ...{ postgresUrl: database.url, prefix: `changes.${theirs}` },
    properties: withPrefix(variant.theirs, `changes.${theirs}`),
  });
  await connector.streaming();
  const captures = () =>
    Promise.all([ours, theirs].map((source) => readCapture(stack, `changes.${source}`)));
  const snapshot = async (table: string): Promise<void> => {
    const { rows } = await database.query(`select count(*)::int as count from ${table}`);
    const data = JSON.stringify({ 'data-collections': [table], type: 'incremental' });
    await database.query('insert into debezium_signal values ($1, $2, $3)', [
      ...['compat', 'execute-snapshot', data],
    ]);
    await vi.waitFor(async () => {
      const counts = (await captures()).map((capture) => incrementalRows(capture, table));
      if (counts.some((count) => count < rows[0].count)) throw new Error(`rows: ${counts}`);
    }, patience);
  };
  return {
    snapshot: async () => {
      if (variant.snapshot !== undefined) await snapshot(variant.snapshot);
    },
    caughtUp: () => waitForSlots(database, [`millrace_${ours}`, connector.name]),
    read: async () => {
      const [left = new Map(), right = new Map()] = await captures();
      return { ours: left, theirs: right };
    },
    compare: async () => {
      const [left = new Map(), right = new Map()] = await captures();
      return compareCaptures(compared(left), compared(right));
    },
    stop: async () => {
      await connector.remove();
      await service.stop();
    },
  };
}
