/** ClickHouse's own Kafka table engine with a materialized view: two consumers, a thread each. */
import { uniqueName } from '@millrace/testkit';
import type { Contestant } from './contestant.ts';
import { peerColumns } from './events.ts';
import { createPeerTable, PEER_TABLE } from './peer-table.ts';

const FLUSH_MS = 2_000;
const FRESH_FLUSH_MS = 200;

export const kafkaEngine: Contestant = {
  name: 'Kafka engine + view',
  table: () => PEER_TABLE,
  prepare: createPeerTable,
  start: async (world, database, freshly) => {
    const { kafkaBrokers, registryUrl } = world.endpoints;
    // With LowCardinality in the engine's own table it takes half as much CPU again.
    await database.execute(
      `CREATE TABLE q (${peerColumns(world.shape, 'String')}) ENGINE = Kafka SETTINGS
         kafka_broker_list = '${kafkaBrokers}', kafka_topic_list = '${world.topic}',
         kafka_group_name = '${uniqueName('engine')}', kafka_format = 'AvroConfluent',
         format_avro_schema_registry_url = '${registryUrl}', kafka_num_consumers = 2,
         kafka_thread_per_consumer = 1, kafka_max_block_size = 524288,
         kafka_poll_max_batch_size = 65536,
         kafka_flush_interval_ms = ${freshly ? FRESH_FLUSH_MS : FLUSH_MS}`,
    );
    await database.execute(`CREATE MATERIALIZED VIEW v TO ${PEER_TABLE} AS SELECT * FROM q`);
    return {
      pid: undefined,
      stop: async () => {
        await database.execute('DROP VIEW IF EXISTS v SYNC');
        await database.execute('DROP TABLE IF EXISTS q SYNC');
      },
    };
  },
};
