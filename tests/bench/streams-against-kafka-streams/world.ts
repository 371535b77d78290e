/** What all contestants share: the servers, and a topic full of Nexmark's events. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compileRecordWriter, createDatumSlab, createRegistryClient } from '@millrace/avro';
import { valueSubject } from '@millrace/contracts';
import { type Admin, createAdmin, createProducer, type OutgoingRecord } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import { nexmarkEvent } from './nexmark-events.ts';

export interface Endpoints {
  readonly kafkaBrokers: string;
  readonly registryUrl: string;
}

export interface World {
  readonly endpoints: Endpoints;
  readonly admin: Admin;
  /** The topic of all events, keyless, event e in partition e % 4 with its event time. */
  readonly input: string;
  readonly events: number;
  /** The project's directory: contracts and transforms. */
  readonly project: string;
  readonly schemas: string;
  close(): Promise<void>;
}

export const INPUT = 'nexmark';
export const PARTITIONS = 4;
const SEND_EVENTS = 8_000;
const DELETE_TRIES_MAX = 10;

const project = fileURLToPath(new URL('./project', import.meta.url));
const schemas = fileURLToPath(new URL('./project/schemas/nexmark', import.meta.url));

export const connectionOf = ({ kafkaBrokers }: Endpoints) => ({
  brokers: kafkaBrokers.split(','),
  clientId: 'bench',
  logger: silentLogger,
});

/** Full topics take a busy broker longer to delete than one call waits. */
export const deleteTopics = async (admin: Admin, topics: readonly string[]): Promise<void> => {
  for (let tries = 1; topics.length > 0; tries += 1) {
    try {
      await admin.deleteTopics(topics);
      return;
    } catch (error) {
      if (tries === DELETE_TRIES_MAX) throw error;
    }
  }
};

/** Makes the topic anew unless it holds exactly the events that are wanted. */
export const createWorld = async (endpoints: Endpoints, events: number): Promise<World> => {
  const admin = createAdmin(connectionOf(endpoints));
  const [there] = await admin.describeTopics([INPUT]);
  const held = there === undefined ? [] : await admin.partitionOffsets(INPUT);
  if (held.reduce((sum, { high, low }) => sum + high - low, 0) !== events) {
    if (there !== undefined) await deleteTopics(admin, [INPUT]);
    const config = { 'retention.ms': '-1' };
    const topic = { name: INPUT, partitions: PARTITIONS, replicationFactor: 1, config };
    while ((await admin.createTopics([topic])).length === 0);
    await load(endpoints, events);
  }
  return {
    ...{ endpoints, admin, input: INPUT, events, project, schemas },
    close: () => admin.close(),
  };
};

const load = async (endpoints: Endpoints, events: number): Promise<void> => {
  const registry = createRegistryClient({ url: endpoints.registryUrl });
  const writers = new Map<string, { id: number; write: ReturnType<typeof compileRecordWriter> }>();
  for (const kind of ['person', 'auction', 'bid']) {
    const text = readFileSync(`${schemas}/${kind}.avsc`, 'utf8');
    const { id } = await registry.register(`${valueSubject(INPUT)}-${kind}`, text);
    writers.set(kind, { id, write: compileRecordWriter(text) });
  }
  const producer = createProducer(connectionOf(endpoints));
  const slab = createDatumSlab();
  for (let from = 0; from < events; from += SEND_EVENTS) {
    const partitions: OutgoingRecord[][] = Array.from({ length: PARTITIONS }, () => []);
    for (let number = from; number < Math.min(events, from + SEND_EVENTS); number += 1) {
      const { kind, value } = nexmarkEvent(number);
      const { id, write } = writers.get(kind)!;
      const framed = slab.write(id, write, value);
      const record = { key: null, value: framed, timestampMs: value.date_time };
      partitions[number % PARTITIONS]!.push(record);
    }
    await producer.send(
      partitions.map((records, partition) => ({ topic: INPUT, partition, records })),
    );
  }
  await producer.close();
};
