/**
 * The whole platform for a test: an embedded stack, the flights example in a project of its own with its contracts
 * applied, and the services as replicas. Which version a service is of, the caller says: a checkout's root.
 */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type RunningStack, startStack } from '@millrace/stack';
import {
  type ClickHouseDatabase,
  createClickHouseDatabase,
  createPostgresDatabase,
  type PostgresDatabase,
  type ServiceProcess,
  startService,
} from '@millrace/testkit';
import { vi } from 'vitest';
import { createReplicas, type Replicas } from './replicas.ts';
import { openServiceAddress, type ServiceAddress } from './service-address.ts';
import { airportsDdl } from './traffic.ts';

export const thisVersion = fileURLToPath(new URL('../../../', import.meta.url));
export const services = ['ingest', 'cdc', 'stream-transform', 'sink'] as const;
export type ServiceName = (typeof services)[number];

export interface Platform {
  readonly stack: RunningStack;
  readonly warehouse: ClickHouseDatabase;
  readonly database: PostgresDatabase;
  readonly replicas: Readonly<Record<ServiceName, Replicas>>;
  /** The settings of its services, for one more. */
  readonly env: Readonly<Record<string, string>>;
  /** One address for all doors. */
  readonly door: ServiceAddress;
  /** The checkout that instances of a service are started from, from now on. */
  use(service: ServiceName, root: string): void;
  /** `millrace contracts apply` of a checkout, on the project. */
  applyContracts(root: string): Promise<void>;
  end(): Promise<void>;
}

export interface PlatformOptions {
  /** The checkout whose example, contracts and services come first; this one when left out. */
  readonly root?: string;
  /** Of every service, beyond those that it needs. */
  readonly settings?: Readonly<Record<string, string>>;
}

export async function startPlatform({
  root = thisVersion,
  settings = {},
}: PlatformOptions = {}): Promise<Platform> {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-platform-'));
  for (const part of ['schemas', 'transforms'])
    await cp(join(root, part), join(directory, part), { recursive: true });
  // A door that dies has told the others the ids of the second before only when it is back: the view shows such an event once.
  const contract = join(directory, 'schemas', 'flights', 'departed.odcs.yaml');
  const text = await readFile(contract, 'utf8');
  await writeFile(contract, text.replace('role: fact\n', 'role: fact\n        dedup: identity\n'));

  const stack = await startStack({ backend: 'embedded' });
  const warehouse = await createClickHouseDatabase('platform', stack.endpoints.clickhouseUrl);
  const database = await createPostgresDatabase('platform', stack.endpoints.postgresUrl);
  await database.query(airportsDdl);
  const env: Readonly<Record<string, string>> = {
    ...settings,
    MILLRACE_PROJECT: directory,
    MILLRACE_KAFKA_BROKERS: stack.endpoints.kafkaBrokers,
    MILLRACE_REGISTRY_URL: stack.endpoints.registryUrl,
    MILLRACE_CLICKHOUSE_URL: warehouse.url,
    MILLRACE_POSTGRES_URL: database.url,
    MILLRACE_CDC_SOURCE: 'flights',
    MILLRACE_INGEST_HOST: '127.0.0.1',
    MILLRACE_STREAM_TRANSFORM_TRANSFORMS: 'delays_by_airport',
  };
  const millrace = async (from: string, ...args: string[]): Promise<string> => {
    const main = join(from, 'packages', 'cli', 'src', 'main.ts');
    const { stdout } = await promisify(execFile)(process.execPath, [main, ...args], {
      env: { ...process.env, ...env },
    });
    return stdout;
  };
  const applyContracts = async (from: string): Promise<void> => {
    // On a busy machine the registry may not answer in time; to apply once more changes nothing.
    await vi.waitFor(() => millrace(from, 'contracts', 'apply'), {
      ...{ timeout: 300_000, interval: 1_000 },
    });
  };
  await applyContracts(root);

  const roots = new Map<ServiceName, string>();
  const of = (
    name: ServiceName,
    strategy: 'surge' | 'replace',
    whole?: typeof allLiveAndOneIsReady,
  ) =>
    createReplicas({
      ...{ name, strategy },
      ...(whole && { whole }),
      start: (ordinal) =>
        startService(
          name,
          { ...env, MILLRACE_STREAM_TRANSFORM_STATE_DIR: join(directory, `state-${ordinal}`) },
          roots.get(name) ?? root,
        ),
    });
  const replicas = {
    ingest: of('ingest', 'surge'),
    // One captures, the others wait for it and are not ready.
    cdc: of('cdc', 'replace', allLiveAndOneIsReady),
    // Its disk goes to the next one of the ordinal.
    'stream-transform': of('stream-transform', 'replace'),
    sink: of('sink', 'surge'),
  };
  const door = await openServiceAddress(() => replicas.ingest.running());
  return {
    ...{ stack, warehouse, database, replicas, env, door, applyContracts },
    use: (service, from) => roots.set(service, from),
    end: async () => {
      for (const { running } of Object.values(replicas))
        for (const instance of running()) instance.kill('SIGKILL');
      await door.close();
      await warehouse.drop();
      await database.drop();
      await stack.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

const answers = async ({ adminUrl }: ServiceProcess, path: string): Promise<boolean> =>
  (await fetch(`${adminUrl}${path}`).catch(() => undefined))?.ok ?? false;

/**
 * The next one is not ended before the new one lives, as the chart's probes of cdc have it: who has not started yet cannot take
 * over, and then nobody captures.
 */
const allLiveAndOneIsReady = async (running: readonly ServiceProcess[]): Promise<boolean> => {
  const [live, ready] = await Promise.all(
    ['/livez', '/readyz'].map((path) =>
      Promise.all(running.map((instance) => answers(instance, path))),
    ),
  );
  return live!.every(Boolean) && ready!.filter(Boolean).length === 1;
};
