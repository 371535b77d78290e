/**
 * The flights example under names of its own, made real for one test: a project on disk, topics, subjects
 * and tables, a producer of departures, and the audit of what became of them. Events only; changes come
 * from a service or from the test itself.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileWriter, createRegistryClient, frame } from '@millrace/avro';
import { createClickHouse } from '@millrace/clickhouse';
import {
  deadLetterHeaders,
  deadTopic,
  planTables,
  valueSubject,
  type WarehouseContract,
} from '@millrace/contracts';
import {
  type ConsumedRecord,
  createAdmin,
  createProducer,
  type OutgoingRecord,
  type Producer,
} from '@millrace/kafka';
import { retry, silentLogger, systemClock } from '@millrace/pipeline';
import { loadProject } from '@millrace/runtime';
import type { StackEndpoints } from '@millrace/stack';
import { type ClickHouseDatabase, createClickHouseDatabase } from './clickhouse-database.ts';
import { pace } from './passing-time.ts';
import { readCommitted } from './read-committed.ts';
import { uniqueName } from './unique-name.ts';

export interface FlightsWorld {
  /** The contract of the departures. */
  readonly contract: WarehouseContract;
  /** The contract of the airports, whose changes have no producer here. */
  readonly airports: WarehouseContract;
  readonly schemaId: number;
  readonly database: ClickHouseDatabase;
  /** Of a consumer group of its own. */
  readonly group: string;
  /** Settings for the sink, ClickHouse's URL among them. */
  readonly env: Readonly<Record<string, string>>;
  readonly producer: Producer;
  /** One departure as it stands on Kafka; everything in it follows from `index`. */
  departure(index: number): OutgoingRecord;
  /** Sends departures `from` … `from + count - 1`, spread over the partitions in runs. */
  send(from: number, count: number): Promise<void>;
  /**
   * Sends `count` departures from number `from` on, and again as many after `everyMs`, until it is stopped; the answer is how many there
   * are then, those below `from` counted. `drop` stops it, too.
   */
  keepSending(from: number, pace: { readonly count: number; readonly everyMs: number }): Sending;
  /** Rows, distinct positions and distinct flights in the raw table. */
  landed(): Promise<Landed>;
  /** The dead letters of a topic (the departures’ when none is named), in order. */
  deadLetters(topic?: string): Promise<readonly ConsumedRecord[]>;
  /** Removes topics, database and files. */
  drop(): Promise<void>;
}

export interface Sending {
  stop(): Promise<number>;
}

export interface WorldOptions {
  /** Of the departures; 4 when left out. */
  readonly partitions?: number;
  /** Changes a contract file (`departed.avsc`, `airports.odcs.yaml`, …) before it is read. */
  edit?(file: string, text: string): string;
}

export interface Landed {
  readonly rows: number;
  readonly positions: number;
  readonly flights: number;
}

const schemas = fileURLToPath(new URL('../../../schemas', import.meta.url));
const RUN = 500;

/** Ready to send and to start a sink on: topics, the subject of the departures and both tables exist. */
export async function createFlightsWorld(
  stack: StackEndpoints,
  options: WorldOptions = {},
): Promise<FlightsWorld> {
  const domain = uniqueName('w').replaceAll('-', '_');
  const partitions = options.partitions ?? 4;
  const directory = await writeProject(domain, partitions, options.edit ?? ((_file, text) => text));
  const { contracts } = await loadProject(directory);
  const contract = withWarehouse(contracts.find(({ name }) => name === 'departed'));
  const airports = withWarehouse(contracts.find(({ name }) => name === 'airports'));
  const database = await createClickHouseDatabase('flights', stack.clickhouseUrl);
  const connection = {
    brokers: stack.kafkaBrokers.split(','),
    clientId: 'flights-world',
    logger: silentLogger,
  };
  const admin = createAdmin(connection);
  const topics = [contract, airports].map(({ topic }) => topic);
  await admin.createTopics(topics.map((topic) => ({ ...topic, config: {} })));
  const registry = createRegistryClient({ url: stack.registryUrl });
  // one that has just started is slow to answer its first request on a busy machine
  const register = retry(
    () => registry.register(valueSubject(contract.topic.name), contract.schemaText),
    ...([
      { initialMs: 100, multiplier: 2, maxMs: 5_000, attempts: 10, jitter: 0 },
      systemClock,
    ] as const),
  );
  const { id } = await register();
  await applyTables(database.url, [contract, airports]);
  const producer = createProducer(connection);
  const write = compileWriter(contract.schemaText);
  const departure = (index: number): OutgoingRecord => ({
    key: null,
    value: frame(id, write(flight(index))),
    headers: { ce_id: `F${index}` },
  });
  let turn = 0;
  const send: FlightsWorld['send'] = async (from, count) => {
    for (let first = from; first < from + count; first += RUN) {
      const length = Math.min(RUN, from + count - first);
      const records = Array.from({ length }, (_, index) => departure(first + index));
      turn += 1;
      const topic = contract.topic.name;
      await producer.send([{ topic, partition: turn % partitions, records }]);
    }
  };
  const sendings = new Set<Sending>();

  return {
    contract,
    airports,
    schemaId: id,
    database,
    group: domain,
    producer,
    departure,
    env: {
      MILLRACE_PROJECT: directory,
      MILLRACE_KAFKA_BROKERS: stack.kafkaBrokers,
      MILLRACE_REGISTRY_URL: stack.registryUrl,
      MILLRACE_CLICKHOUSE_URL: database.url,
      MILLRACE_SINK_GROUP: domain,
    },
    send,
    keepSending: (from, { count, everyMs }) => {
      const sending = startSending(from, (next) => send(next, count).then(() => count), everyMs);
      sendings.add(sending);
      return sending;
    },
    landed: async () => {
      const [row] = await database.query<Landed>(
        `SELECT toUInt32(count()) AS rows, toUInt32(uniqExact(_partition, _offset)) AS positions,
           toUInt32(uniqExact(flight_id)) AS flights FROM ${contract.warehouse.table}`,
      );
      return row!;
    },
    deadLetters: async (topic = contract.topic.name) => {
      const letters = await readCommitted(stack.kafkaBrokers, deadTopic('sink'));
      return letters.filter(
        ({ headers }) => headers[deadLetterHeaders.topic]?.toString() === topic,
      );
    },
    drop: async () => {
      await Promise.allSettled([...sendings].map((sending) => sending.stop()));
      await producer.close();
      await admin.deleteTopics(topics.map((topic) => topic.name)).catch(() => undefined);
      await admin.close();
      await database.drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** @param send sends from a number on and resolves with how many it sent */
function startSending(
  from: number,
  send: (next: number) => Promise<number>,
  everyMs: number,
): Sending {
  let next = from;
  let isSending = true;
  const sending = (async () => {
    while (isSending) {
      next += await send(next);
      await pace(everyMs);
    }
  })();
  // whoever stops it is told of its failure
  sending.catch(() => undefined);
  return {
    stop: async () => {
      isSending = false;
      await sending;
      return next;
    },
  };
}

/** What the departure of this number says: real-looking, and different for each. */
export function flight(index: number): Record<string, unknown> {
  return {
    flight_id: `F${index}`,
    departed_at: Date.UTC(2001, index % 4, 1 + (index % 28), index % 24, index % 60),
    delay_minutes: (index % 200) - 20,
    distance_miles: 100 + (index % 2_400),
    origin: airportCodes[index % airportCodes.length]!,
    destination: airportCodes[(index * 7 + 3) % airportCodes.length]!,
  };
}

const airportCodes = ['ABQ', 'ATL', 'BNA', 'BWI', 'DAL', 'DEN', 'HOU', 'JFK', 'LAX', 'MDW', 'PHX'];

/** A copy of these two of the example's contracts under another domain, so that every name derived from it is new. */
async function writeProject(
  domain: string,
  partitions: number,
  edit: NonNullable<WorldOptions['edit']>,
): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-flights-'));
  const target = join(directory, 'schemas', domain);
  await mkdir(target, { recursive: true });
  for (const file of [
    'departed.avsc',
    'departed.odcs.yaml',
    'airports.avsc',
    'airports.odcs.yaml',
  ]) {
    const text = await readFile(join(schemas, 'flights', file), 'utf8');
    const renamed = text
      .replace(/"namespace": "flights"/g, `"namespace": "${domain}"`)
      .replace(/^id: flights\./m, `id: ${domain}.`)
      .replace(/^domain: flights$/m, `domain: ${domain}`)
      .replace(/name: flights\b/g, `name: ${domain}`)
      // What is rejected would be a topic and a table that worlds share.
      .replace(/^( +)identity: flight_id$/m, '$1identity: flight_id\n$1rejected: drop')
      .replace(/partitions: 4/, `partitions: ${partitions}`);
    await writeFile(join(target, file), edit(file, renamed));
  }
  return directory;
}

async function applyTables(url: string, contracts: readonly WarehouseContract[]): Promise<void> {
  const clickhouse = createClickHouse({ url });
  for (const { action } of planTables(contracts, [], clickhouse.database)) {
    await clickhouse.exec(action!.statement);
  }
  await clickhouse.close();
}

function withWarehouse<C extends { readonly warehouse?: unknown }>(
  contract: C | undefined,
): WarehouseContract {
  if (contract?.warehouse === undefined) throw new Error('the example has no such warehouse table');
  return contract as unknown as WarehouseContract;
}
