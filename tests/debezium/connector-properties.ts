/** Debezium tuned for throughput at low latency: what it is fair to measure and compare with. */
export interface DebeziumEndpoints {
  readonly kafkaBrokers: string;
  /** Root of the Confluent-compatible API. */
  readonly registryUrl: string;
  readonly postgresUrl: string;
}

export type Properties = Readonly<Record<string, string>>;

/** Heap and collector; smaller ones cost it speed. */
export const tunedJvm: readonly string[] = ['-Xms1g', '-Xmx1g', '-XX:+UseParallelGC'];

export const tunedProperties: Properties = {
  'max.batch.size': '8192',
  'max.queue.size': '65536',
  'poll.interval.ms': '5',
  'snapshot.fetch.size': '20000',
  'statistics.metrics.enabled': 'false',
  'producer.override.batch.size': '524288',
  'producer.override.linger.ms': '5',
  'producer.override.compression.type': 'lz4',
  'producer.override.buffer.memory': '134217728',
  'producer.override.max.request.size': '4194304',
};

/** The name of a source is the last part of its prefix; slot and publication are called by it. */
export function connectorProperties(
  name: string,
  endpoints: DebeziumEndpoints,
  prefix: string,
  given: Properties,
): Properties {
  const database = new URL(endpoints.postgresUrl);
  const converters = ['key', 'value'].flatMap((side) => [
    [`${side}.converter`, 'millrace.WireFormatConverter'],
    [`${side}.converter.registry.url`, endpoints.registryUrl],
  ]);
  return {
    ...tunedProperties,
    ...(Object.fromEntries(converters) as Properties),
    'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
    'tasks.max': '1',
    'plugin.name': 'pgoutput',
    'database.hostname': database.hostname,
    'database.port': database.port || '5432',
    'database.user': decodeURIComponent(database.username) || 'postgres',
    'database.password': decodeURIComponent(database.password) || 'unused',
    'database.dbname': decodeURIComponent(database.pathname.slice(1)),
    'topic.prefix': prefix,
    'slot.name': name,
    'publication.name': name,
    'publication.autocreate.mode': 'filtered',
    'topic.creation.default.replication.factor': '-1',
    'topic.creation.default.partitions': '1',
    'schema.name.adjustment.mode': 'avro',
    'field.name.adjustment.mode': 'avro',
    ...given,
  };
}
