import { compileJsonEncoder, type JsonEncoder, type RegistryClient } from '@millrace/avro';
import { type Contract, MillraceError, nearestWord, valueSubject } from '@millrace/contracts';
import type { Admin } from '@millrace/kafka';
import { createEventWindow, type EventWindow, type WindowSeed } from './window/event-window.ts';

/** A contract that takes events over HTTP, made ready: its encoder, its memory of ids, its limits. */
export interface Stream {
  readonly contract: Contract;
  readonly topic: string;
  readonly partitions: number;
  readonly encoder: JsonEncoder;
  readonly window: EventWindow;
  /** Largest encoded event with its headers, bytes. */
  readonly eventBytesMax: number;
}

export interface StreamCatalog {
  readonly streams: readonly Stream[];
  find(domain: string, name: string): Stream | undefined;
  /** The id of a stream whose name is near. */
  nearest(domain: string, name: string): string | undefined;
}

/** What a record batch adds around a record of its own, generously. */
const batchOverheadBytes = 512;

/**
 * Opens the project's event streams. Rejects with `ingest.stream-not-applied` when a topic or a subject does
 * not exist: creating them is the work of `millrace contracts apply`, which also sets what they promise.
 */
export const openStreams = async (
  contracts: readonly Contract[],
  cluster: { readonly admin: Admin; readonly registry: RegistryClient },
  limits: {
    readonly eventBytesMax: number;
    readonly windowEvents: number;
    readonly windowSeed: WindowSeed;
  },
): Promise<StreamCatalog> => {
  const events = contracts.filter((contract) => contract.source.kind === 'event');
  const topics = await cluster.admin.describeTopics(events.map(({ topic }) => topic.name));
  const capacity = Math.max(1000, Math.floor(limits.windowEvents / Math.max(1, events.length)));
  const streams = await Promise.all(
    events.map(async (contract): Promise<Stream> => {
      const topic = topics.find(({ name }) => name === contract.topic.name);
      if (topic === undefined) throw notApplied(contract, `topic ${contract.topic.name}`);
      const messageBytesMax = Number(topic.config['max.message.bytes'] ?? Number.POSITIVE_INFINITY);
      return {
        contract,
        topic: topic.name,
        partitions: topic.partitions,
        encoder: compileJsonEncoder(contract.record, {
          schemaId: await schemaIdOf(contract, cluster.registry),
        }),
        window: createEventWindow(capacity, limits.windowSeed),
        eventBytesMax: Math.min(limits.eventBytesMax, messageBytesMax - batchOverheadBytes),
      };
    }),
  );
  const byId = new Map(streams.map((stream) => [stream.contract.id, stream]));
  return {
    streams,
    find: (domain, name) => byId.get(`${domain}.${name}`),
    nearest: (domain, name) => nearestWord(`${domain}.${name}`, [...byId.keys()]),
  };
};

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
