/** The process of `json-rows.ts`. It uses the clients as their manuals show, with their defaults. */
import { createRequire } from 'node:module';

// Only our own packages depend on these; the bench borrows them from there, and loads none of ours.
const borrow = (from: string, name: string) => createRequire(import.meta.resolve(from))(name);
const { Kafka, logLevel } = borrow('@millrace/kafka', 'kafkajs');
const { SchemaRegistry } = borrow('@millrace/avro', '@kafkajs/confluent-schema-registry');
const { createClient } = borrow('@millrace/clickhouse', '@clickhouse/client');

const setting = (name: string): string => {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is missing`);
  return value;
};

interface Row {
  readonly ts: number;
}

const registry = new SchemaRegistry({ host: setting('BENCH_REGISTRY') });
const clickhouse = createClient({ url: setting('BENCH_CLICKHOUSE') });
const kafka = new Kafka({
  clientId: 'json-rows',
  brokers: setting('BENCH_BROKERS').split(','),
  logLevel: logLevel.ERROR,
});
const consumer = kafka.consumer({ groupId: setting('BENCH_GROUP') });
process.on('SIGTERM', () => {
  void consumer.disconnect().then(() => process.exit(0));
});
await consumer.connect();
await consumer.subscribe({ topics: [setting('BENCH_TOPIC')], fromBeginning: true });
await consumer.run({
  eachBatch: async (work: {
    readonly batch: { readonly messages: readonly { readonly value: Buffer }[] };
    heartbeat(): Promise<void>;
  }) => {
    const rows: Row[] = await Promise.all(
      work.batch.messages.map(({ value }) => registry.decode(value)),
    );
    await clickhouse.insert({
      table: setting('BENCH_TABLE'),
      format: 'JSONEachRow',
      values: rows.map((row) => ({ ...row, ts: new Date(row.ts / 1_000).toISOString() })),
      clickhouse_settings: { date_time_input_format: 'best_effort' },
    });
    await work.heartbeat();
  },
});
