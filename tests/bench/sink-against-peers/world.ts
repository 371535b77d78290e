/** What all contestants share: a contract on disk, its topic full of events, and where they may land. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRegistryClient } from '@millrace/avro';
import {
  hasWarehouse,
  parseProject,
  valueSubject,
  type WarehouseContract,
} from '@millrace/contracts';
import { createAdmin, createProducer, type Producer } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import type { StackEndpoints } from '@millrace/stack';
import { uniqueName } from '@millrace/testkit';
import { createEventWriter, type EventShape, schemaOf } from './events.ts';

export interface World {
  readonly endpoints: StackEndpoints;
  readonly shape: EventShape;
  readonly partitions: number;
  readonly topic: string;
  readonly contract: WarehouseContract;
  /** The project's directory, as `MILLRACE_PROJECT` takes it. */
  readonly project: string;
  readonly producer: Producer;
  /** Event `id` as it stands on Kafka; now, unless a time is given. */
  event(id: number, timeMicros?: number): Buffer;
  /** Sends events 0 … count - 1, each to the partition of its number. */
  load(count: number): Promise<void>;
  drop(): Promise<void>;
}

const SEND_BYTES = 8 * 1024 * 1024;
const SEND_ROWS = 4_000;

const documentOf = (domain: string, shape: EventShape, partitions: number): string => {
  const lowCardinality = new Set(['kind', 'region']);
  const logicalTypes: Readonly<Record<string, string>> = {
    ...{ long: 'integer', int: 'integer', double: 'number', string: 'string' },
  };
  const properties = schemaOf(shape, domain).fields.map(({ name, type }) =>
    [
      `      - name: ${name}`,
      `        logicalType: ${typeof type === 'string' ? logicalTypes[type] : 'timestamp'}`,
      ...(lowCardinality.has(name) ? ['        physicalType: LowCardinality(String)'] : []),
      '        required: true',
    ].join('\n'),
  );
  return `apiVersion: v3.1.0
kind: DataContract
id: ${domain}.event
name: event
version: 1.0.0
status: active
domain: ${domain}
description:
  purpose: A stream of the bench.
team:
  name: bench
schema:
  - name: event
    physicalType: topic
    description: For the bench.
    properties:
${properties.join('\n')}
customProperties:
  - property: millrace
    value:
      source: { kind: event }
      topic:
        partitions: ${partitions}
      warehouse:
        role: fact
        orderBy: [kind, ts]
`;
};

const writeProject = async (domain: string, shape: EventShape, partitions: number) => {
  const project = await mkdtemp(join(tmpdir(), 'millrace-bench-'));
  const files = [
    { path: 'event.avsc', text: JSON.stringify(schemaOf(shape, domain)) },
    { path: 'event.odcs.yaml', text: documentOf(domain, shape, partitions) },
  ].map(({ path, text }) => ({ path: `schemas/${domain}/${path}`, text }));
  await mkdir(join(project, 'schemas', domain), { recursive: true });
  for (const { path, text } of files) await writeFile(join(project, path), text);
  const { contracts, problems } = parseProject(files);
  const contract = contracts.find(hasWarehouse);
  if (contract === undefined) throw new Error(problems.map(({ message }) => message).join('\n'));
  return { project, contract };
};

export const createWorld = async (
  endpoints: StackEndpoints,
  shape: EventShape,
  partitions: number,
): Promise<World> => {
  const domain = uniqueName('bench').replaceAll('-', '_');
  const { project, contract } = await writeProject(domain, shape, partitions);
  const topic = contract.topic.name;
  const connection = {
    ...{ brokers: endpoints.kafkaBrokers.split(','), clientId: 'bench', logger: silentLogger },
  };
  const admin = createAdmin(connection);
  const config = { 'max.message.bytes': String(16 * 1024 * 1024) };
  await admin.createTopics([{ ...contract.topic, replicationFactor: 1, config }]);
  const registry = createRegistryClient({ url: endpoints.registryUrl });
  const { id } = await registry.register(valueSubject(topic), contract.schemaText);
  const producer = createProducer(connection);
  const event = createEventWriter(shape, id);

  const load = async (count: number): Promise<void> => {
    const rows = Math.max(1, Math.min(SEND_ROWS, Math.floor(SEND_BYTES / event(0).length)));
    for (let from = 0; from < count; from += rows) {
      const batches = Array.from({ length: partitions }, (_, partition) => {
        const records: { key: null; value: Buffer }[] = [];
        for (let id = from; id < Math.min(count, from + rows); id += 1) {
          if (id % partitions === partition) records.push({ key: null, value: event(id) });
        }
        return { topic, partition, records };
      });
      await producer.send(batches.filter(({ records }) => records.length > 0));
    }
  };

  return {
    ...{ endpoints, shape, partitions, topic, contract, project, producer, event, load },
    drop: async () => {
      await producer.close();
      await admin.deleteTopics([topic]).catch(() => undefined);
      await admin.close();
      await rm(project, { recursive: true, force: true });
    },
  };
};
