/** A project of two contracts and a transform that counts by key, written into a directory, and records for it. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compileWriter, createRegistryClient, frame } from '@millrace/avro';
import { valueSubject } from '@millrace/contracts';
import { createAdmin, createProducer, type OutgoingRecord, partitionForKey } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import { loadProject } from '@millrace/runtime';
import type { StackEndpoints } from '@millrace/stack';
import { uniqueName } from '@millrace/testkit';

export interface RestoreWorld {
  readonly env: Readonly<Record<string, string>>;
  /** Sends one record of each key. */
  send(keys: number): Promise<void>;
  /** Deletes its topics. */
  close(): Promise<void>;
}

const SEND_RECORDS = 10_000;

const fields = [
  { name: 'name', type: 'string' },
  { name: 'total', type: 'long' },
];

const odcs = (domain: string, name: string, partitions: number): string => `apiVersion: v3.1.0
kind: DataContract
id: ${domain}.${name}
name: ${name}
version: 1.0.0
status: active
domain: ${domain}
description: { purpose: A stream of a benchmark. }
team: { name: benchmarks }
schema:
  - name: ${name}
    physicalType: topic
    description: For a benchmark.
    properties:
      - { name: name, logicalType: string, required: true }
      - { name: total, logicalType: integer, required: true }
customProperties:
  - property: millrace
    value:
      source: { kind: ${name === 'seen' ? 'event' : 'derived'} }
      key: [name]
      topic: { partitions: ${partitions} }
`;

/** Each key is counted; no results are written, so that state is all there is to do. */
const transform = (domain: string): string => `import { count, transform } from '@millrace/streams';
export default transform('${domain}_counts', ({ from }) => {
  from('${domain}.seen')
    .keyBy(({ name }) => name)
    .aggregate({ total: count() })
    .map(({ key, value }) => ({ name: key, total: value.total }))
    .filter(() => false)
    .to('${domain}.counted');
});
`;

export const createRestoreWorld = async (
  directory: string,
  partitions: number,
  { kafkaBrokers, registryUrl }: Pick<StackEndpoints, 'kafkaBrokers' | 'registryUrl'>,
): Promise<RestoreWorld> => {
  const domain = uniqueName('restore').replaceAll('-', '_');
  await mkdir(join(directory, 'schemas', domain), { recursive: true });
  await mkdir(join(directory, 'transforms'));
  for (const name of ['seen', 'counted']) {
    const path = join(directory, 'schemas', domain, name);
    const record = { type: 'record', namespace: domain, name, fields };
    await writeFile(`${path}.avsc`, JSON.stringify(record));
    await writeFile(`${path}.odcs.yaml`, odcs(domain, name, partitions));
  }
  await writeFile(join(directory, 'transforms', 'counts.js'), transform(domain));

  const { contracts } = await loadProject(directory);
  const input = contracts.find(({ id }) => id === `${domain}.seen`)!;
  const connection = { brokers: kafkaBrokers.split(','), clientId: 'bench', logger: silentLogger };
  const admin = createAdmin(connection);
  await admin.createTopics(
    contracts.map(({ topic }) => ({ ...topic, replicationFactor: 1, config: {} })),
  );
  const registry = createRegistryClient({ url: registryUrl });
  const { id } = await registry.register(valueSubject(input.topic.name), input.schemaText);
  const encode = compileWriter(input.schemaText);
  const producer = createProducer(connection);

  return {
    env: {
      MILLRACE_PROJECT: directory,
      MILLRACE_KAFKA_BROKERS: kafkaBrokers,
      MILLRACE_REGISTRY_URL: registryUrl,
    },
    async send(keys) {
      for (let from = 0; from < keys; from += SEND_RECORDS) {
        const batches: OutgoingRecord[][] = Array.from({ length: partitions }, () => []);
        for (let number = from; number < Math.min(keys, from + SEND_RECORDS); number += 1) {
          // Sixteen bytes, as a hash would spread them.
          const name = ((number * 2_654_435_761) >>> 0).toString(16).padStart(16, '0');
          const key = Buffer.from(name);
          const value = frame(id, encode({ name, total: 1 }));
          batches[partitionForKey(key, partitions)]!.push({ key, value });
        }
        const topic = input.topic.name;
        await producer.send(batches.map((records, partition) => ({ topic, partition, records })));
      }
    },
    async close() {
      await producer.close();
      const own = (await admin.listTopics()).filter((name) => name.includes(domain));
      await admin.deleteTopics(own);
      await admin.close();
    },
  };
};
