/** What people write: kafkajs, the registry's client, and JSONEachRow by ClickHouse's client, all defaults. */
import { fileURLToPath } from 'node:url';
import { uniqueName } from '@millrace/testkit';
import { startChildProcess } from './child-process.ts';
import type { Contestant } from './contestant.ts';
import { createPeerTable, PEER_TABLE } from './peer-table.ts';

const program = fileURLToPath(new URL('./json-rows-sink.ts', import.meta.url));

export const jsonRows: Contestant = {
  name: 'kafkajs + JSONEachRow',
  table: () => PEER_TABLE,
  prepare: createPeerTable,
  start: (world, database) =>
    startChildProcess(process.execPath, ['--no-warnings', program], {
      BENCH_BROKERS: world.endpoints.kafkaBrokers,
      BENCH_REGISTRY: world.endpoints.registryUrl,
      BENCH_CLICKHOUSE: database.url,
      BENCH_TOPIC: world.topic,
      BENCH_GROUP: uniqueName('json-rows'),
      BENCH_TABLE: PEER_TABLE,
    }),
};
