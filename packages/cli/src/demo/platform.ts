import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureConsole } from '@millrace/console';
import { MillraceError } from '@millrace/contracts';
import { freePorts, type RunningStack, type StackEndpoints, startStack } from '@millrace/stack';
import { type AirportsDatabase, connectAirportsDatabase } from './airports-database.ts';
import { applyContracts } from './apply-contracts.ts';
import type { Reporter } from './reporter.ts';
import { type ServiceProcess, startServiceProcess } from './service-process.ts';

/**
 * Everything the demo stands on, started in order: stack, contracts, the customer's table, services. What
 * was started is stopped in the reverse order, also when a later part fails.
 */
export interface Platform {
  readonly endpoints: StackEndpoints;
  readonly stackReadyMs: number;
  readonly ingestUrl: string;
  /** The console, and the API that `millrace top` asks. */
  readonly qualityUrl: string;
  /** Where the state of transforms is asked for. */
  readonly stateUrl: string;
  readonly airports: AirportsDatabase;
  readonly services: readonly ServiceProcess[];
  /** Resolves on SIGINT or SIGTERM; rejects when a service ends by itself. */
  readonly interrupted: Promise<void>;
  peakRssMb(): Readonly<Record<string, number>>;
  stop(): Promise<void>;
}

interface PlatformOptions {
  readonly report: Reporter;
  readonly dataDir: string | undefined;
}

type Stop = () => Promise<void> | void;

const projectDirectory = fileURLToPath(new URL('../../../..', import.meta.url));

/**
 * Starts the stack, applies the example's contracts and starts the services. Rejects with what failed, after
 * stopping whatever had started.
 */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const stops: Stop[] = [];
  const stop = async (): Promise<void> => {
    for (const each of stops.splice(0).reverse()) await each();
  };
  try {
    return await startParts(options, stops, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startParts(
  { report, dataDir }: PlatformOptions,
  stops: Stop[],
  stop: () => Promise<void>,
): Promise<Platform> {
  const signals = onSignal();
  stops.push(signals.release);
  report.heading('Starting Kafka, a schema registry, PostgreSQL and ClickHouse');
  const [stack] = await Promise.all([
    startReportedStack(report, dataDir),
    ensureConsole({ tell: report.line }),
  ]);
  stops.push(() => stack.stop());

  report.heading('Applying the contracts');
  const airports = await connectAirportsDatabase(stack.endpoints.postgresUrl);
  stops.push(() => airports.close());
  const [lines, loaded] = await Promise.all([
    applyContracts(projectDirectory, stack.endpoints),
    airports.load(),
  ]);
  for (const line of lines) report.line(line);
  report.line(`PostgreSQL: ${loaded.toLocaleString('en-US')} airports in public.airports`);

  report.heading('Starting the services');
  const { services, ...urls } = await startServices(stack.endpoints, stops);
  for (const service of services) report.line(`${service.name} ready, log ${service.logFile}`);
  const died = services.map((service) =>
    service.exited.then(() => {
      throw new MillraceError(
        'demo.service-not-ready',
        `${service.name} ended by itself; its log is ${service.logFile}`,
      );
    }),
  );
  const interrupted = Promise.race([signals.received, ...died]);
  interrupted.catch(() => undefined);
  for (const each of died) each.catch(() => undefined);
  return {
    endpoints: stack.endpoints,
    stackReadyMs: stack.readyMs,
    ...urls,
    airports,
    services,
    interrupted,
    peakRssMb: () =>
      Object.fromEntries(
        services.map((service) => [service.name, Math.round(service.peakRssBytes() / 1e6)]),
      ),
    stop,
  };
}

async function startReportedStack(
  report: Reporter,
  dataDir: string | undefined,
): Promise<RunningStack> {
  const stack = await startStack({
    backend: 'embedded',
    ...(dataDir === undefined ? {} : { dataDir }),
    onProgress: ({ part, state, atMs, detail }) => {
      if (state === 'ready') report.line(`${part} ready after ${(atMs / 1_000).toFixed(1)} s`);
      if (state === 'downloading') report.line(`downloading ${detail ?? part}`);
    },
  });
  report.line(`stack ready in ${(stack.readyMs / 1_000).toFixed(1)} s`);
  return stack;
}

async function startServices(
  endpoints: StackEndpoints,
  stops: Stop[],
): Promise<Pick<Platform, 'services' | 'ingestUrl' | 'qualityUrl' | 'stateUrl'>> {
  const logDir = mkdtempSync(join(tmpdir(), 'millrace-demo-'));
  let ended: Promise<boolean>[] = [];
  stops.push(async () => {
    const inOrder = await Promise.all(ended);
    if (inOrder.length > 0 && inOrder.every(Boolean)) rmSync(logDir, { recursive: true });
  });
  const [ingestPort, statePort, qualityPort, ...adminPorts] = await freePorts(8);
  const env = {
    MILLRACE_PROJECT: projectDirectory,
    MILLRACE_KAFKA_BROKERS: endpoints.kafkaBrokers,
    MILLRACE_REGISTRY_URL: endpoints.registryUrl,
    MILLRACE_CLICKHOUSE_URL: endpoints.clickhouseUrl,
    MILLRACE_POSTGRES_URL: endpoints.postgresUrl,
    MILLRACE_CDC_SOURCE: 'flights',
    // The demo's door asks nobody for a key.
    MILLRACE_INGEST_HOST: '127.0.0.1',
    MILLRACE_INGEST_PORT: String(ingestPort),
    MILLRACE_STREAM_TRANSFORM_PORT: String(statePort),
    // Open, for it is bound to this machine alone.
    MILLRACE_QUALITY_PORT: String(qualityPort),
  };
  const names = ['ingest', 'cdc', 'stream-transform', 'sink', 'quality'] as const;
  const started = await Promise.allSettled(
    names.map(async (name, index) => {
      const adminPort = adminPorts[index]!;
      const service = await startServiceProcess({
        name,
        adminPort,
        logDir,
        env: { ...env, [adminPortVariable(name)]: String(adminPort) },
      });
      stops.push(service.stop);
      return service;
    }),
  );
  const services = started.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
  ended = services.map((service) => service.exited);
  return {
    services,
    ingestUrl: `http://127.0.0.1:${ingestPort}`,
    qualityUrl: `http://127.0.0.1:${qualityPort}`,
    stateUrl: `http://127.0.0.1:${statePort}`,
  };
}

const adminPortVariable = (service: string): string =>
  `MILLRACE_${service.toUpperCase().replaceAll('-', '_')}_ADMIN_PORT`;

/** The first SIGINT or SIGTERM asks for an orderly stop; the default action returns after it. */
function onSignal(): { received: Promise<void>; release: () => void } {
  let resolve: () => void = () => undefined;
  const received = new Promise<void>((done) => {
    resolve = done;
  });
  process.once('SIGINT', resolve);
  process.once('SIGTERM', resolve);
  return {
    received,
    release: () => {
      process.off('SIGINT', resolve);
      process.off('SIGTERM', resolve);
    },
  };
}
