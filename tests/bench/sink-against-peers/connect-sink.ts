/**
 * ClickHouse's own sink for Kafka Connect 1.5.0, at least once, tuned as its documentation says. Its jars are
 * in no public repository of artifacts; `MILLRACE_BENCH_CONNECT_JARS` names a folder that has them, Connect and
 * an Avro converter of Apicurio. Without it this contestant is left out.
 */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findJava, freePorts } from '@millrace/stack';
import { uniqueName } from '@millrace/testkit';
import { startChildProcess } from './child-process.ts';
import type { Contestant } from './contestant.ts';
import { createPeerTable, PEER_TABLE } from './peer-table.ts';

const propertiesText = (properties: Readonly<Record<string, string | number | boolean>>): string =>
  Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');

export const connectSink = (jars: string): Contestant => ({
  name: 'Kafka Connect sink',
  table: () => PEER_TABLE,
  prepare: createPeerTable,
  start: async (world, database) => {
    const directory = await mkdtemp(join(tmpdir(), 'millrace-bench-connect-'));
    const [port] = await freePorts(1);
    const clickhouse = new URL(database.url);
    const worker = {
      'bootstrap.servers': world.endpoints.kafkaBrokers,
      'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
      'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
      'offset.storage.file.filename': join(directory, 'offsets'),
      'offset.flush.interval.ms': 5_000,
      listeners: `http://127.0.0.1:${port}`,
      'connector.client.config.override.policy': 'All',
    };
    const sink = {
      name: uniqueName('connect'),
      'connector.class': 'com.clickhouse.kafka.connect.ClickHouseSinkConnector',
      'tasks.max': 2,
      topics: world.topic,
      topic2TableMap: `${world.topic}=${PEER_TABLE}`,
      hostname: clickhouse.hostname,
      port: clickhouse.port,
      database: database.name,
      username: clickhouse.username || 'default',
      password: clickhouse.password,
      ssl: false,
      exactlyOnce: false,
      ignorePartitionsWhenBatching: true,
      'value.converter': 'io.apicurio.registry.utils.converter.AvroConverter',
      'value.converter.apicurio.registry.url': world.endpoints.registryUrl.replace(
        '/apis/ccompat/v7',
        '/apis/registry/v2',
      ),
      'value.converter.apicurio.registry.as-confluent': true,
      'value.converter.apicurio.registry.use-id': 'contentId',
      'consumer.override.auto.offset.reset': 'earliest',
      'consumer.override.max.poll.records': 50_000,
      'consumer.override.max.partition.fetch.bytes': 8_388_608,
      'consumer.override.fetch.max.bytes': 33_554_432,
    };
    const files = { 'worker.properties': worker, 'sink.properties': sink };
    for (const [name, properties] of Object.entries(files)) {
      await writeFile(join(directory, name), propertiesText(properties));
    }
    return startChildProcess(
      findJava(process.env).command,
      [
        ...['-Xms1g', '-Xmx1g', '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn'],
        ...['-cp', `${jars}/*`, 'org.apache.kafka.connect.cli.ConnectStandalone'],
        ...Object.keys(files).map((name) => join(directory, name)),
      ],
      {},
    );
  },
});
