/** A project of a test's own with a stream in, a stream out and the transforms that the test writes. For tests only. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileReader, compileWriter, createRegistryClient, frame } from '@millrace/avro';
import { deadLetterHeaders, valueSubject } from '@millrace/contracts';
import {
  type ConsumedRecord,
  createAdmin,
  createProducer,
  type OutgoingRecord,
  partitionForKey,
} from '@millrace/kafka';
import { retry, silentLogger, systemClock } from '@millrace/pipeline';
import { createMetrics, loadProject, type RunningService, readConfig } from '@millrace/runtime';
import { openReader, stackUnderTest, uniqueName, writeStreamContract } from '@millrace/testkit';
import { onTestFinished } from 'vitest';
import { config } from '../config.ts';
import { deadLetterTopic } from '../outputs.ts';
import { startTransforms } from '../pipeline.ts';

/** A record of the stream in. */
export interface Reading {
  readonly sensor: string;
  readonly at: number;
  readonly value: number;
  /** Timestamp of its record; `at` when left out. */
  readonly writtenMs?: number;
}

/** A record of the stream out, read back. */
export interface Result {
  readonly partition: number;
  readonly offset: number;
  readonly key: string | null;
  readonly timeMs: number;
  readonly value: { readonly name: string; readonly at: number; readonly total: number } | null;
}

export interface TransformWorld {
  readonly domain: string;
  /** Of the project. */
  readonly directory: string;
  readonly brokers: readonly string[];
  /** Name of the transform that `write` writes. */
  readonly transform: string;
  readonly env: Readonly<Record<string, string>>;
  /** Writes the transform: statements over `from` and the other sources; contracts are `in` and `out`. */
  write(body: string, options?: string, name?: string, imports?: string): Promise<void>;
  /** Makes a topic of two partitions, like those of the streams. */
  outTopic(name: string): Promise<void>;
  /** Sends readings, each to the partition of its sensor; to the stream in when no topic is named. */
  send(readings: readonly Reading[], topic?: string): Promise<void>;
  /** Sends a record as it is. */
  sendRaw(partition: number, record: OutgoingRecord): Promise<void>;
  /** Starts the service in this process; it is stopped when the test ends, if not before. */
  start(settings?: Readonly<Record<string, string>>): Promise<RunningService>;
  /** What services in this process have warned of. */
  warnings(): readonly string[];
  /** What is committed on the stream out, by partition and offset. */
  results(): Promise<readonly Result[]>;
  readonly outName: string;
  /** What is committed on a topic of two partitions. */
  records(topic: string): Promise<readonly PlacedRecord[]>;
  /** The dead letters of the stream in. */
  deadLetters(): Promise<readonly PlacedRecord[]>;
}

export type PlacedRecord = ConsumedRecord & { readonly partition: number };

const PARTITIONS = 2;
/** Several instances live in one process. */
const anyPort = { MILLRACE_STREAM_TRANSFORM_PORT: '0' };
/** Event time here begins in 1970, and brokers delete by it. */
const keptForEver = { 'retention.ms': '-1' };

const contracts = {
  in: [
    { name: 'sensor', type: 'string' },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'value', type: 'int' },
  ],
  out: [
    { name: 'name', type: 'string' },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'total', type: 'long' },
  ],
} as const;
const keys = { in: 'sensor', out: 'name' } as const;

/** @param brokers where the service finds Kafka, when it is to go through a proxy */
export const createTransformWorld = async (
  brokers: readonly string[] = stackUnderTest().kafkaBrokers.split(','),
): Promise<TransformWorld> => {
  const endpoints = stackUnderTest();
  const domain = uniqueName('t').replaceAll('-', '_');
  const transform = `sum_${domain}`;
  const directory = await mkdtemp(join(tmpdir(), 'millrace-transforms-'));
  await mkdir(join(directory, 'transforms'));
  for (const name of ['in', 'out'] as const) {
    const source = name === 'in' ? 'event }\nrejected: drop' : 'derived }';
    const section = `source: { kind: ${source}\nkey: [${keys[name]}]\ntopic: { partitions: ${PARTITIONS} }`;
    await writeStreamContract(directory, { domain, name, fields: contracts[name], section });
  }
  const connection = {
    brokers: endpoints.kafkaBrokers.split(','),
    clientId: 'millrace-test',
    logger: silentLogger,
  };
  const admin = createAdmin(connection);
  const registry = createRegistryClient({ url: endpoints.registryUrl });
  // Its first answers on a busy machine take longer than a client waits.
  const patience = { initialMs: 100, multiplier: 2, maxMs: 2_000, deadlineMs: 60_000, jitter: 0 };
  const register = retry(registry.register, patience, systemClock);
  const project = await loadProject(directory);
  const contractOf = (name: string) =>
    project.contracts.find((contract) => contract.id === `${domain}.${name}`)!;
  const [input, output] = [contractOf('in'), contractOf('out')];
  await admin.createTopics(
    [input, output].map(({ topic }) => ({ ...topic, replicationFactor: 1, config: keptForEver })),
  );
  const { id } = await register(valueSubject(input.topic.name), input.schemaText);
  const encode = compileWriter(input.schemaText);
  const decode = compileReader(output.schemaText);
  const producer = createProducer(connection);
  const warnings: string[] = [];
  const env = {
    MILLRACE_PROJECT: directory,
    MILLRACE_KAFKA_BROKERS: brokers.join(','),
    MILLRACE_REGISTRY_URL: endpoints.registryUrl,
    MILLRACE_STREAM_TRANSFORM_STATE_DIR: join(directory, 'state'),
  };
  onTestFinished(async () => {
    await producer.close();
    const own = (await admin.listTopics()).filter((name) => name.includes(domain));
    await admin.deleteTopics(own);
    await admin.close();
    await rm(directory, { recursive: true });
  });

  /** By transform. */
  const files = new Map<string, string>();

  const sendRaw = async (partition: number, record: OutgoingRecord): Promise<void> => {
    await producer.send([{ topic: input.topic.name, partition, records: [record] }]);
  };
  const { reader } = openReader(endpoints.kafkaBrokers);
  const recordsOf = async (topic: string, partitions: number): Promise<PlacedRecord[]> => {
    const found: PlacedRecord[] = [];
    for (let partition = 0; partition < partitions; partition += 1) {
      const from = { topic, partition, fromOffset: 0, isolation: 'read_committed' } as const;
      for await (const record of reader.read(from))
        found.push({ ...record, headers: record.headers, partition });
    }
    return found;
  };

  return {
    domain,
    outName: output.topic.name,
    directory,
    brokers,
    transform,
    env,
    outTopic: async (name) => {
      await admin.createTopics([
        { ...output.topic, name, replicationFactor: 1, config: keptForEver },
      ]);
    },
    write: async (body, options = '{}', name = transform, imports = '') => {
      const code = `import * as streams from '@millrace/streams';
${imports}
export default streams.transform('${name}', ({ from, table, latest, changes, globalTable }) => {
  ${body.replaceAll("'in'", `'${domain}.in'`).replaceAll("'out'", `'${domain}.out'`)}
}, ${options});
`;
      // Under a new name: Node loads a file once, and the service of a test lives in the test's process.
      const before = files.get(name);
      if (before !== undefined) await rm(before);
      files.set(name, join(directory, 'transforms', `${name}-${uniqueName('v')}.js`));
      await writeFile(files.get(name)!, code);
    },
    async send(readings, topic = input.topic.name) {
      const batches = new Map<number, OutgoingRecord[]>();
      for (const reading of readings) {
        const key = Buffer.from(reading.sensor);
        const partition = partitionForKey(key, PARTITIONS);
        const list = batches.get(partition) ?? [];
        list.push({
          key,
          value: frame(id, encode(reading)),
          timestampMs: reading.writtenMs ?? reading.at,
        });
        batches.set(partition, list);
      }
      await producer.send(
        [...batches].map(([partition, list]) => ({ topic, partition, records: list })),
      );
    },
    sendRaw,
    async start(settings = {}) {
      const stopping = new AbortController();
      const service = await startTransforms(
        readConfig(config, { ...anyPort, ...env, ...settings }),
        {
          logger: { ...silentLogger, warn: (_fields, message) => void warnings.push(message) },
          metrics: createMetrics('stream-transform'),
          clock: systemClock,
          signal: stopping.signal,
          // It has no admin port: it watches others, and nobody watches it.
          presence: { identity: domain, port: 0, tell: () => undefined },
        },
      );
      let isStopped = false;
      const stop = async () => {
        if (isStopped) return;
        isStopped = true;
        stopping.abort();
        await service.stop();
      };
      service.finished.catch(() => undefined);
      onTestFinished(stop);
      return { ...service, stop };
    },
    warnings: () => warnings,
    results: async () =>
      (await recordsOf(output.topic.name, PARTITIONS)).map((record) => ({
        partition: record.partition,
        offset: record.offset,
        key: record.key === null ? null : record.key.toString(),
        timeMs: record.timestampMs,
        value: record.value === null ? null : (decode(record.value.subarray(5)) as Result['value']),
      })),
    records: (topic) => recordsOf(topic, PARTITIONS),
    deadLetters: async () =>
      (await recordsOf(deadLetterTopic, 1)).filter(
        ({ headers }) => String(headers[deadLetterHeaders.topic]) === input.topic.name,
      ),
  };
};
