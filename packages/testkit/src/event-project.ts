/** A project of a test's own with two event streams in force on the cluster, and what landed on their topics. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRegistryClient } from '@millrace/avro';
import { cloudEventHeaders, isPlatformContract, valueSubject } from '@millrace/contracts';
import { type ConsumedRecord, createAdmin, readPartition } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import { loadProject } from '@millrace/runtime';
import type { StackEndpoints } from '@millrace/stack';
import { uniqueName } from './unique-name.ts';

export interface EventProject {
  /** The settings of a service that is started on this project. */
  readonly env: Readonly<Record<string, string>>;
  /** Path of the stream whose events carry their id; keyless, 4 partitions. */
  readonly orders: string;
  /** Path of the stream without identity, keyed by `sensor`. */
  readonly readings: string;
  readonly domain: string;
  records(
    stream: 'orders' | 'readings',
  ): Promise<readonly (ConsumedRecord & { partition: number })[]>;
  /** The event ids on the topic, in no order. */
  ids(stream: 'orders' | 'readings'): Promise<readonly string[]>;
  remove(): Promise<void>;
}

const schemas = {
  orders: [
    { name: 'order_id', type: 'string' },
    { name: 'amount', type: 'int' },
    { name: 'placed_at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'note', type: ['null', 'string'], default: null },
  ],
  readings: [
    { name: 'sensor', type: 'string' },
    { name: 'value', type: 'double' },
  ],
} as const;

const odcs = (
  domain: string,
  name: keyof typeof schemas,
  own: string,
): string => `apiVersion: v3.1.0
kind: DataContract
id: ${domain}.${name}
name: ${name}
version: 1.0.0
status: active
domain: ${domain}
description:
  purpose: A stream of tests.
team:
  name: tests
schema:
  - name: ${name}
    physicalType: topic
    description: For tests.
    properties:
${schemas[name]
  .map(
    (field) => `      - name: ${field.name}
        logicalType: ${logicalTypes[field.name as keyof typeof logicalTypes] ?? 'string'}
        required: ${field.name !== 'note'}`,
  )
  .join('\n')}
customProperties:
  - property: millrace
    value:
      source: { kind: event }
      topic:
        partitions: 4
${own}`;

const logicalTypes = { amount: 'integer', placed_at: 'timestamp', value: 'number' } as const;

const rejectedIn = (section = ''): string =>
  section.includes('rejected:') ? '' : '      rejected: drop\n';

/**
 * Writes the project, creates its topics and registers its schemas.
 * @param sections lines of a stream's `millrace` section beyond its own, six blanks in front of each. What is rejected
 * is dropped unless they say `rejected: keep`: it would be a topic that all projects of the stack share.
 */
export const createEventProject = async (
  endpoints: StackEndpoints,
  sections: Partial<Readonly<Record<'orders' | 'readings', string>>> = {},
): Promise<EventProject> => {
  const domain = uniqueName('events').replaceAll('-', '_');
  const directory = await mkdtemp(join(tmpdir(), 'millrace-events-'));
  const folder = join(directory, 'schemas', domain);
  await mkdir(folder, { recursive: true });
  const own = { orders: '      identity: order_id\n', readings: '      key: [sensor]\n' };
  for (const name of ['orders', 'readings'] as const) {
    const record = { type: 'record', namespace: domain, name, fields: schemas[name] };
    await writeFile(join(folder, `${name}.avsc`), JSON.stringify(record));
    await writeFile(
      join(folder, `${name}.odcs.yaml`),
      odcs(domain, name, own[name] + rejectedIn(sections[name]) + (sections[name] ?? '')),
    );
  }
  const connection = {
    brokers: endpoints.kafkaBrokers.split(','),
    clientId: 'millrace-test',
    logger: silentLogger,
  };
  const admin = createAdmin(connection);
  const registry = createRegistryClient({ url: endpoints.registryUrl });
  const { contracts } = await loadProject(directory);
  await admin.createTopics(
    contracts.map(({ topic }) => ({ ...topic, replicationFactor: 1, config: {} })),
  );
  for (const { topic, schemaText } of contracts)
    await registry.register(valueSubject(topic.name), schemaText);

  const records: EventProject['records'] = async (stream) => {
    const topic = `events.${domain}.${stream}`;
    const found: (ConsumedRecord & { partition: number })[] = [];
    for (let partition = 0; partition < 4; partition += 1) {
      const isolation = 'read_committed';
      for await (const record of readPartition(connection, {
        topic,
        partition,
        fromOffset: 0,
        isolation,
      }))
        found.push({ ...record, headers: record.headers, partition });
    }
    return found;
  };
  return {
    env: {
      MILLRACE_PROJECT: directory,
      MILLRACE_KAFKA_BROKERS: endpoints.kafkaBrokers,
      MILLRACE_REGISTRY_URL: endpoints.registryUrl,
      MILLRACE_INGEST_HOST: '127.0.0.1',
    },
    orders: `/v1/events/${domain}/orders`,
    readings: `/v1/events/${domain}/readings`,
    domain,
    records,
    ids: async (stream) =>
      (await records(stream)).map(({ headers }) => String(headers[cloudEventHeaders.id])),
    remove: async () => {
      const own = contracts.filter((contract) => !isPlatformContract(contract));
      await admin.deleteTopics(own.map(({ topic }) => topic.name));
      await admin.close();
      await rm(directory, { recursive: true });
    },
  };
};
