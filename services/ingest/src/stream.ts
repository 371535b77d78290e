/** A stream as the door serves it, and how one is opened: out of the cluster, or out of what a spool remembers. */
import { compileJsonEncoder, type JsonEncoder, type RegistryClient } from '@millrace/avro';
import { type Contract, MillraceError, valueSubject } from '@millrace/contracts';
import type { Admin } from '@millrace/kafka';
import { type AvroIntake, createAvroIntake } from './avro/avro-intake.ts';
import { createEventWindow, type EventWindow, type WindowSeed } from './window/event-window.ts';

/** A contract that takes events over HTTP, made ready: its encoder, its memory of ids, its limits. */
export interface Stream {
  readonly contract: Contract;
  readonly topic: string;
  readonly partitions: number;
  readonly encoder: JsonEncoder;
  /** The schemas in which it takes Avro. */
  readonly avro: AvroIntake;
  readonly window: EventWindow;
  /** Largest encoded event with its headers, bytes. */
  readonly eventBytesMax: number;
}

/** What the door must learn of a stream before it takes events for it. */
export interface StreamFacts {
  readonly schemaId: number;
  readonly partitions: number;
  readonly eventBytesMax: number;
}

export interface OpenedStream {
  readonly stream: Stream;
  readonly facts: StreamFacts;
}

/** Of the window of each stream. */
export interface WindowLimits {
  readonly windowEvents: number;
  readonly windowSeed: WindowSeed;
}

/** Where schemas of Avro are asked for when they come. */
export type SchemaSource = Pick<RegistryClient, 'schemaById' | 'subjectsOf'>;

/** What a record batch adds around a record of its own, generously. */
const batchOverheadBytes = 512;

/**
 * Opens event streams. Rejects with `ingest.stream-not-applied` when a topic or a subject does not exist: creating
 * them is the work of `millrace contracts apply`, which also sets what they promise.
 */
export const openStreams = async (
  contracts: readonly Contract[],
  cluster: { readonly admin: Admin; readonly registry: RegistryClient },
  limits: WindowLimits & { readonly eventBytesMax: number },
): Promise<readonly OpenedStream[]> => {
  const topics = await cluster.admin.describeTopics(contracts.map(({ topic }) => topic.name));
  return Promise.all(
    contracts.map(async (contract): Promise<OpenedStream> => {
      const topic = topics.find(({ name }) => name === contract.topic.name);
      if (topic === undefined) throw notApplied(contract, `topic ${contract.topic.name}`);
      const messageBytesMax = Number(topic.config['max.message.bytes'] ?? Number.POSITIVE_INFINITY);
      const facts = {
        schemaId: await schemaIdOf(contract, cluster.registry),
        partitions: topic.partitions,
        eventBytesMax: Math.min(limits.eventBytesMax, messageBytesMax - batchOverheadBytes),
      };
      return { stream: streamOf(contract, facts, limits, cluster.registry), facts };
    }),
  );
};

/** A stream of which everything is known. */
export const streamOf = (
  contract: Contract,
  facts: StreamFacts,
  { windowEvents, windowSeed }: WindowLimits,
  registry: SchemaSource,
): Stream => ({
  contract,
  topic: contract.topic.name,
  partitions: facts.partitions,
  encoder: compileJsonEncoder(contract.record, { schemaId: facts.schemaId }),
  avro: createAvroIntake({ contract, schemaId: facts.schemaId, registry }),
  window: createEventWindow(windowEvents, windowSeed),
  eventBytesMax: facts.eventBytesMax,
});

/** Registering a schema that is registered already answers with its id, also when it is not the latest. */
const schemaIdOf = async (contract: Contract, registry: RegistryClient): Promise<number> => {
  const subject = valueSubject(contract.topic.name);
  if ((await registry.latest(subject)) === undefined)
    throw notApplied(contract, `subject ${subject}`);
  return (await registry.register(subject, contract.schemaText)).id;
};

const notApplied = (contract: Contract, what: string): MillraceError =>
  new MillraceError(
    'ingest.stream-not-applied',
    `${contract.id}: ${what} does not exist. Run \`millrace contracts apply\` first.`,
  );
