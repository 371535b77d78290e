/** A project of a test's own with two event streams in force on the cluster, and what landed on their topics. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRegistryClient } from '@millrace/avro';
import { isPlatformContract, valueSubject } from '@millrace/contracts';
import { type ConsumedRecord, createAdmin } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import { loadProject } from '@millrace/runtime';
import type { StackEndpoints } from '@millrace/stack';
import { createEventIds } from './event-ids.ts';
import { openReader } from './open-reader.ts';
import { writeStreamContract } from './stream-contract.ts';
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

const rejectedIn = (section = ''): string =>
  section.includes('rejected:') ? '' : 'rejected: drop\n';

/**
 * Writes the project, creates its topics and registers its schemas.
 * @param sections lines of a stream's `millrace` section beyond its own. What is rejected
 * is dropped unless they say `rejected: keep`: it would be a topic that all projects of the stack share.
 */
export const createEventProject = async (
  endpoints: StackEndpoints,
  sections: Partial<Readonly<Record<'orders' | 'readings', string>>> = {},
): Promise<EventProject> => {
  const domain = uniqueName('events').replaceAll('-', '_');
  const directory = await mkdtemp(join(tmpdir(), 'millrace-events-'));
  const own = { orders: 'identity: order_id\n', readings: 'key: [sensor]\n' };
  for (const name of ['orders', 'readings'] as const) {
    const more = own[name] + rejectedIn(sections[name]) + (sections[name] ?? '');
    const section = `source: { kind: event }\ntopic: { partitions: 4 }\n${more}`;
    await writeStreamContract(directory, { domain, name, fields: schemas[name], section });
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

  const { reader } = openReader(endpoints.kafkaBrokers);
  const records: EventProject['records'] = async (stream) => {
    const where = { topic: `events.${domain}.${stream}`, fromOffset: 0 } as const;
    const read = [0, 1, 2, 3].map(async (partition) => {
      const found: (ConsumedRecord & { partition: number })[] = [];
      const all = reader.read({ ...where, partition, isolation: 'read_committed' });
      for await (const record of all) found.push({ ...record, headers: record.headers, partition });
      return found;
    });
    return (await Promise.all(read)).flat();
  };
  const idsOf = (stream: 'orders' | 'readings') =>
    createEventIds(endpoints.kafkaBrokers, `events.${domain}.${stream}`);
  const ids = { orders: idsOf('orders'), readings: idsOf('readings') };
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
    ids: (stream) => ids[stream](),
    remove: async () => {
      const own = contracts.filter((contract) => !isPlatformContract(contract));
      await admin.deleteTopics(own.map(({ topic }) => topic.name));
      await admin.close();
      await rm(directory, { recursive: true });
    },
  };
};
