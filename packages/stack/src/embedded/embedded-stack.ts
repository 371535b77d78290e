/**
 * The embedded backend: real servers as supervised child processes of this one. Everything starts at once, since each
 * part's clients retry; they stop in order, those that use others first.
 */
import { MillraceError } from '@millrace/contracts';
import type {
  RunningStack,
  StackEndpoints,
  StackOptions,
  StackPart,
  StackProgress,
} from '../stack.ts';
import { type PartState, writeState } from '../stack-state.ts';
import { cacheDir } from './cache-dir.ts';
import { clickhousePart, clickhouseUrl } from './clickhouse.ts';
import { type DataDirectory, takeDataDirectory } from './data-directory.ts';
import { explainFileError } from './failure.ts';
import { findJava } from './java.ts';
import { javaArtifacts } from './java-artifacts.ts';
import { kafkaPart } from './kafka.ts';
import type { EmbeddedPart } from './part.ts';
import { freePorts, requirePort } from './ports.ts';
import { postgresPart, postgresUrl } from './postgres.ts';
import { identify, type ProcessIdentity } from './process-identity.ts';
import { registryPart, registryUrl } from './registry.ts';
import { type SupervisedPart, supervisePart } from './supervised-part.ts';

type Ports = Readonly<Record<StackPart | 'kafkaController' | 'clickhouseNative', number>>;

/** Dependants first. */
const stopOrder: readonly StackPart[] = ['registry', 'clickhouse', 'kafka', 'postgres'];

async function choosePorts(given: StackOptions['ports'] = {}): Promise<Ports> {
  const asked = Object.entries(given) as [StackPart, number][];
  for (const [part, port] of asked) await requirePort(part, port);
  const [kafka, registry, postgres, clickhouse, kafkaController, clickhouseNative] =
    (await freePorts(6)) as [number, number, number, number, number, number];
  return {
    ...{ kafka, registry, postgres, clickhouse, kafkaController, clickhouseNative },
    ...given,
  };
}

function endpointsOf(ports: Ports): StackEndpoints {
  return {
    kafkaBrokers: `127.0.0.1:${ports.kafka}`,
    registryUrl: registryUrl(ports.registry),
    postgresUrl: postgresUrl(ports.postgres),
    clickhouseUrl: clickhouseUrl(ports.clickhouse),
  };
}

interface Plan {
  readonly parts: readonly EmbeddedPart[];
  readonly ports: Ports;
}

/** Finds everything that the parts need, downloads what is missing; starts nothing. */
async function plan(
  directory: DataDirectory,
  options: StackOptions,
  onDownload: (detail: string) => void,
): Promise<Plan> {
  const cache = cacheDir(process.env);
  const java = findJava(process.env);
  const ports = await choosePorts(options.ports);
  const local = [
    postgresPart({ folders: directory, cache, port: ports.postgres }),
    clickhousePart({
      folders: directory,
      port: ports.clickhouse,
      nativePort: ports.clickhouseNative,
      ...(options.clickhouseUsers === undefined ? {} : { usersFile: options.clickhouseUsers }),
    }),
  ];
  const artifacts = await javaArtifacts(cache, onDownload);
  const jvm = { cache, java, artifacts };
  const kafka = kafkaPart({
    ...jvm,
    folders: directory,
    port: ports.kafka,
    controllerPort: ports.kafkaController,
    ...(options.kafkaListeners && { listeners: options.kafkaListeners }),
    ...(options.kafkaProperties && { properties: options.kafkaProperties }),
    ...(options.kafkaSystemProperties && { systemProperties: options.kafkaSystemProperties }),
    ...(options.kafkaLoggers && { loggers: options.kafkaLoggers }),
  });
  const registry = registryPart({ ...jvm, port: ports.registry, kafkaPort: ports.kafka });
  return { ports, parts: [kafka, registry, ...local] };
}

/** Keeps `state.json` and the caller's progress in step with what happens. */
function createReporter(
  directory: DataDirectory,
  endpoints: StackEndpoints,
  elapsedMs: () => number,
  onProgress: (progress: StackProgress) => void,
) {
  const self: ProcessIdentity = identify(process.pid) ?? { pid: process.pid, born: '' };
  const startedAt = new Date().toISOString();
  const parts: Partial<Record<StackPart, PartState>> = {};
  const report = (part: StackPart, state: StackProgress['state'], detail?: string) =>
    onProgress({ part, state, atMs: elapsedMs(), ...(detail === undefined ? {} : { detail }) });
  const save = () => {
    const state = {
      ...self,
      dataDir: directory.dataDir,
      startedAt,
      ready: Object.values(parts).filter((part) => part.readyAtMs !== undefined).length === 4,
      endpoints,
      parts,
    };
    try {
      writeState(state);
    } catch (error) {
      throw explainFileError(directory.dataDir, error);
    }
  };
  return {
    report,
    started: (part: StackPart, port: number, identity: ProcessIdentity) => {
      parts[part] = { ...identity, port };
      report(part, 'starting');
      save();
    },
    ready: (part: StackPart) => {
      const state = parts[part];
      if (state !== undefined) parts[part] = { ...state, readyAtMs: elapsedMs() };
      report(part, 'ready');
      save();
    },
  };
}

async function stopAll(
  parts: readonly SupervisedPart[],
  report: (part: StackPart, state: StackProgress['state'], detail?: string) => void,
): Promise<void> {
  for (const name of stopOrder) {
    const part = parts.find((candidate) => candidate.name === name);
    if (!part?.running()) continue;
    report(name, 'stopping', part.stopNote());
    await part.stop();
    report(name, 'stopped');
  }
}

/**
 * Starts Kafka, the registry, PostgreSQL and ClickHouse and resolves when each answers in its own protocol.
 * A part that ends by itself later is reported as progress `failed` with the reason; nothing else is done about it.
 * @throws a MillraceError `stack.…` with one sentence and its remedy; whatever had been started is stopped first
 */
export async function startEmbeddedStack(options: StackOptions): Promise<RunningStack> {
  const began = performance.now();
  const elapsedMs = () => Math.round(performance.now() - began);
  const onProgress = options.onProgress ?? (() => undefined);
  const directory = await takeDataDirectory(options.dataDir);
  const closing = new AbortController();
  let parts: SupervisedPart[] = [];
  let report: ReturnType<typeof createReporter>['report'] = () => undefined;

  async function close(): Promise<void> {
    closing.abort(new Error('the stack is stopping'));
    await stopAll(parts, report);
    directory.release();
  }

  let downloadedMs = 0;
  const onDownload = (detail: string) => {
    downloadedMs = elapsedMs();
    onProgress({ part: 'download', state: 'downloading', atMs: downloadedMs, detail });
  };
  try {
    const planned = await plan(directory, options, onDownload);
    if (downloadedMs > 0) {
      downloadedMs = elapsedMs();
      onProgress({ part: 'download', state: 'ready', atMs: downloadedMs });
    }
    const endpoints = endpointsOf(planned.ports);
    const reporter = createReporter(directory, endpoints, elapsedMs, onProgress);
    report = reporter.report;
    parts = planned.parts.map((part) =>
      supervisePart(part, directory, closing.signal, {
        onStarted: (identity) => reporter.started(part.name, part.port, identity),
        onUnexpectedEnd: (error) => report(part.name, 'failed', error.message),
      }),
    );
    const start = async (part: SupervisedPart) => {
      await part.start();
      reporter.ready(part.name);
    };
    await Promise.all(parts.map(start));
    const find = (name: StackPart): SupervisedPart => {
      const part = parts.find((candidate) => candidate.name === name);
      if (part === undefined) throw new MillraceError('config.invalid', `No part "${name}".`);
      return part;
    };
    let closed: Promise<void> | undefined;
    return {
      endpoints,
      dataDir: directory.dataDir,
      readyMs: elapsedMs() - downloadedMs,
      start: directory.isNew ? 'cold' : 'warm',
      kill: async (name) => {
        await find(name).kill();
        report(name, 'stopped', 'killed');
      },
      signal: (name, signal) => find(name).signal(signal),
      restart: async (name) => {
        await find(name).stop();
        await start(find(name));
      },
      stop: () => {
        closed ??= close();
        return closed;
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}
