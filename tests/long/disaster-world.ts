/**
 * What the disaster tests have in common: departures over HTTP's topic, airports out of PostgreSQL, running totals of a
 * transform and the sink, on clusters that are lost and others that take over; and the audit of all four. Not a test.
 */
import { type ChildProcess, execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { compileReader } from '@millrace/avro';
import { createAdmin, createProducer, type Producer } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import { loadProject } from '@millrace/runtime';
import type { RunningStack, StackEndpoints } from '@millrace/stack';
import {
  createFlightsWorld,
  createPostgresDatabase,
  type FlightsWorld,
  flight,
  type PostgresDatabase,
  readCommitted,
  type ServiceProcess,
  startService,
  writeStreamContract,
} from '@millrace/testkit';
import { expect } from 'vitest';

const main = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url));
export const PARTITIONS = 2;

const connectionTo = ({ kafkaBrokers }: Pick<StackEndpoints, 'kafkaBrokers'>) => ({
  ...{ brokers: kafkaBrokers.split(','), clientId: 'disaster', logger: silentLogger },
});

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Sender {
  send(from: number, count: number): Promise<void>;
  /** @param abandon what is still under way is given up: its cluster is gone */
  close(options?: { readonly abandon?: boolean }): Promise<void>;
}

export interface DisasterWorld {
  readonly world: FlightsWorld;
  /** Each statement by a connection of its own: the server goes and comes. */
  readonly postgres: Pick<PostgresDatabase, 'url' | 'query'>;
  /** A directory of the test's own. */
  readonly directory: string;
  /** Settings of everything that runs on this cluster, with the warehouse of the world when none is given. */
  env(cluster: StackEndpoints, clickhouseUrl?: string): Record<string, string>;
  start(name: Service, env: Readonly<Record<string, string>>): Promise<ServiceProcess>;
  /** The services in order: nothing of theirs is under way then. */
  stop(): Promise<void>;
  /** The hard way. */
  kill(): Promise<void>;
  /** A command; one that still runs when the world is dropped is killed. */
  millrace(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Said>;
  /** The same; rejects with what it said when it fails. */
  succeeds(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<string>;
  /** A producer of departures on a cluster, as a door there would be. */
  sender(cluster: StackEndpoints): Sender;
  /** Airports of PostgreSQL and of the dimension, as text in order. */
  airports(): Promise<{ readonly source: string; readonly dimension: string }>;
  /** What the transform has counted on a cluster, by origin, as it stands last. */
  totals(cluster: StackEndpoints): Promise<Readonly<Record<string, number>>>;
  /** What it has to come to for departures 0 … count - 1. */
  expectedTotals(count: number): Readonly<Record<string, number>>;
  drop(): Promise<void>;
}

export type Service = 'sink' | 'cdc' | 'stream-transform';

const columns = 'iata, name, city, state, country, latitude, longitude';

/** On the cluster where it begins; servers of others take over by `env`. */
export async function createDisasterWorld(stack: RunningStack): Promise<DisasterWorld> {
  const { endpoints } = stack;
  const world = await createFlightsWorld(endpoints, { partitions: PARTITIONS });
  const { domain } = world.contract;
  const project = world.env['MILLRACE_PROJECT']!;
  await writeTotals(project, domain);
  const { contracts } = await loadProject(project);
  const totalsTopic = contracts.find(({ name }) => name === 'totals')!.topic.name;
  const admin = createAdmin(connectionTo(endpoints));
  await admin.createTopics([
    { name: totalsTopic, partitions: PARTITIONS, replicationFactor: 1, config: {} },
  ]);
  await admin.close();
  const database = await createPostgresDatabase('disaster', endpoints.postgresUrl);
  const postgres: DisasterWorld['postgres'] = {
    url: database.url,
    query: async (sql, values) => {
      const client = await database.connect();
      return client.query(sql, values).finally(() => client.end());
    },
  };
  await postgres.query(`CREATE TABLE airports (iata text PRIMARY KEY, name text NOT NULL, city text, state text,
    country text NOT NULL DEFAULT 'USA', latitude double precision NOT NULL, longitude double precision NOT NULL DEFAULT 1.5)`);
  const directory = await mkdtemp(join(tmpdir(), 'millrace-disaster-'));
  let running: ServiceProcess[] = [];
  const commands = new Map<ChildProcess, Promise<Said>>();

  const millrace: DisasterWorld['millrace'] = (settings, ...args) => {
    const options = { env: { ...process.env, ...settings }, maxBuffer: 64 * 1024 * 1024 };
    const started = promisify(execFile)(process.execPath, [main, ...args], options);
    const said = started
      .then(
        ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
        ({ code, stdout, stderr }: Said) => ({ code, stdout, stderr }),
      )
      .finally(() => commands.delete(started.child));
    commands.set(started.child, said);
    return said;
  };

  const env: DisasterWorld['env'] = (cluster, clickhouseUrl = world.database.url) => ({
    ...world.env,
    MILLRACE_KAFKA_BROKERS: cluster.kafkaBrokers,
    MILLRACE_REGISTRY_URL: cluster.registryUrl,
    MILLRACE_CLICKHOUSE_URL: clickhouseUrl,
    MILLRACE_POSTGRES_URL: postgres.url,
    MILLRACE_CDC_SOURCE: domain,
    MILLRACE_CDC_TABLES: 'public.airports',
    MILLRACE_STREAM_TRANSFORM_STATE_DIR: join(directory, 'state'),
  });

  return {
    ...{ world, postgres, directory, env },
    start: async (name, settings) => {
      const service = await startService(name, settings);
      running.push(service);
      await service.ready();
      return service;
    },
    stop: async () => {
      await Promise.all(running.map((service) => service.stop()));
      running = [];
    },
    kill: async () => {
      for (const service of running) service.kill('SIGKILL');
      await Promise.all(running.map(({ exited }) => exited));
      running = [];
    },
    millrace,
    succeeds: async (settings, ...args) => {
      // a server that has just started may be slow to answer on a busy machine; the same command goes on
      for (let attempt = 1; ; attempt += 1) {
        const { code, stdout, stderr } = await millrace(settings, ...args);
        if (code === 0) return stdout;
        if (attempt === 10 || !stderr.includes('no answer in time'))
          throw new Error(`millrace ${args.join(' ')} ended with ${code}: ${stdout}${stderr}`);
      }
    },
    sender: (cluster) => sender(createProducer(connectionTo(cluster)), world),
    airports: async () => {
      const { rows } = await postgres.query(
        `SELECT ${columns} FROM airports ORDER BY iata COLLATE "C"`,
      );
      const found = await world.database
        .query(`SELECT ${columns} FROM ${world.airports.warehouse.view} ORDER BY iata`)
        .catch(() => []);
      return { source: JSON.stringify(rows), dimension: JSON.stringify(found) };
    },
    totals: async (cluster) => {
      const totals: Record<string, number> = {};
      const read = compileReader(
        JSON.stringify({ type: 'record', namespace: domain, name: 'totals', fields: totalsFields }),
      );
      for (let partition = 0; partition < PARTITIONS; partition += 1) {
        for (const { value } of await readCommitted(cluster.kafkaBrokers, totalsTopic, {
          partition,
        })) {
          const { name, total } = read(value!.subarray(5)) as { name: string; total: unknown };
          totals[name] = Number(total);
        }
      }
      return totals;
    },
    expectedTotals: (count) => {
      const totals: Record<string, number> = {};
      for (let index = 0; index < count; index += 1) {
        const origin = String(flight(index)['origin']);
        totals[origin] = (totals[origin] ?? 0) + 1;
      }
      return totals;
    },
    drop: async () => {
      const ends = [...running.map(({ exited }) => exited), ...commands.values()];
      for (const one of [...running, ...commands.keys()]) one.kill('SIGKILL');
      await Promise.all(ends);
      await world.producer.close({ abandon: true });
      await rm(directory, { recursive: true, force: true });
      await rm(project, { recursive: true, force: true });
    },
  };
}

/** Waits until the dimension holds the rows of PostgreSQL, and no others. */
export const airportsAgree = (on: DisasterWorld): Promise<void> =>
  expect
    .poll(async () => {
      const { source, dimension } = await on.airports();
      return source === dimension ? 'equal' : dimension;
    })
    .toBe('equal');

/**
 * For the table of docs/operations/disaster.md: prints what was lost and how long it took until all was right again, on the machine of
 * the test and with its few rows. Nothing is held to it.
 */
export function tellMeasured(what: string, lost: string, sinceMs: number): void {
  const seconds = ((performance.now() - sinceMs) / 1_000).toFixed(1);
  process.stdout.write(`measured: ${what}: ${lost} lost, right again after ${seconds} s\n`);
}

const RUN = 250;

function sender(producer: Producer, world: FlightsWorld): Sender {
  const topic = world.contract.topic.name;
  let turn = 0;
  return {
    send: async (from, count) => {
      for (let first = from; first < from + count; first += RUN) {
        const length = Math.min(RUN, from + count - first);
        const records = Array.from({ length }, (_, index) => world.departure(first + index));
        turn += 1;
        await producer.send([{ topic, partition: turn % PARTITIONS, records }]);
      }
    },
    close: (options) => producer.close(options),
  };
}

const totalsFields = [
  { name: 'name', type: 'string' },
  { name: 'total', type: 'long' },
] as const;

/** Flights of each origin since the beginning: a single record lost or counted twice is seen in the end. */
async function writeTotals(project: string, domain: string): Promise<void> {
  await writeStreamContract(project, {
    ...{ domain, name: 'totals', fields: totalsFields },
    section: `source: { kind: derived }\nkey: [name]\ntopic: { partitions: ${PARTITIONS} }`,
  });
  await mkdir(join(project, 'transforms'), { recursive: true });
  await writeFile(
    join(project, 'transforms', 'totals.js'),
    `import { count, transform } from '@millrace/streams';
export default transform('totals_${domain}', ({ from }) => {
  from('${domain}.departed', { time: 'departed_at' })
    .keyBy(({ origin }) => origin)
    .aggregate({ total: count() })
    .map(({ key, value }) => ({ name: key, total: value.total }))
    .to('${domain}.totals');
});
`,
  );
}
