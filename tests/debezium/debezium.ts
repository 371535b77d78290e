/**
 * Debezium for PostgreSQL on Kafka Connect, as a child process that ends with this one: one worker, any number of
 * connectors. Its own state (offsets, log) lies in a temporary folder; what it makes in PostgreSQL is dropped by who
 * drops the database.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, freePorts, startChild } from '@millrace/stack';
import pg from 'pg';
import { type ProcessUsage, processUsage } from '../bench/process-usage.ts';
import {
  connectorProperties,
  type DebeziumEndpoints,
  type Properties,
  tunedJvm,
} from './connector-properties.ts';
import { debeziumProgram } from './debezium-program.ts';

export interface ConnectorOptions extends DebeziumEndpoints {
  /** Debezium's `topic.prefix`. */
  readonly prefix: string;
  /** Laid over the tuned profile, in Debezium's names. */
  readonly properties?: Properties;
}

export interface DebeziumConnector {
  /** Of the connector, and of its slot and publication unless the properties say otherwise. */
  readonly name: string;
  /** Resolves when the snapshot is over and the slot is being read; rejects with what the task says when it failed. */
  streaming(): Promise<void>;
  /** Removes it from the worker; slot and publication stay. */
  remove(): Promise<void>;
}

export interface DebeziumWorker {
  readonly pid: number;
  readonly logFile: string;
  usage(): ProcessUsage;
  connect(options: ConnectorOptions): Promise<DebeziumConnector>;
  /** SIGTERM, then its end; removes its folder. */
  stop(): Promise<void>;
  /** SIGKILL; the folder stays, so that a look at the log is possible. */
  kill(): Promise<void>;
}

export interface WorkerOptions {
  readonly kafkaBrokers: string;
  readonly jvm?: readonly string[];
  /** Settings of the worker, over ours. */
  readonly properties?: Properties;
  readonly onProgress?: (detail: string) => void;
}

const startTimeoutMs = 120_000;
const pollMs = 100;

const propertiesText = (properties: Properties): string =>
  Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');

const logging = `Configuration:
  Appenders:
    Console: {name: C, PatternLayout: {pattern: "%d %p %c{1} %m%n"}}
  Loggers:
    Root: {level: warn, AppenderRef: {ref: C}}
`;

async function until(what: string, deadlineMs: number, done: () => Promise<boolean>) {
  while (!(await done())) {
    if (performance.now() > deadlineMs) throw new Error(`Debezium: ${what} took too long`);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

/** Asks the worker's REST interface; undefined while it does not answer. */
async function ask(url: string, method = 'GET', body?: unknown) {
  try {
    return await fetch(url, {
      method,
      headers: { 'content-type': 'application/json' },
      signal: AbortSignal.timeout(30_000),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch {
    return undefined;
  }
}

async function isSlotRead(postgresUrl: string, slot: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: postgresUrl });
  await client.connect();
  try {
    const { rowCount } = await client.query(
      `select from pg_replication_slots s join pg_stat_replication r on r.pid = s.active_pid
       where s.slot_name = $1 and r.state in ('streaming', 'catchup')`,
      [slot],
    );
    return rowCount === 1;
  } finally {
    await client.end();
  }
}

const tail = (logFile: string): string =>
  readFileSync(logFile, 'utf8').split('\n').slice(-30).join('\n');

function connectorOf(
  root: string,
  name: string,
  slot: string,
  postgresUrl: string,
): DebeziumConnector {
  return {
    name,
    streaming: () =>
      until(`${name} reaching the stream`, performance.now() + startTimeoutMs, async () => {
        const answer = await ask(`${root}/connectors/${name}/status`);
        const status = (await answer?.json().catch(() => undefined)) as
          | { tasks?: { state: string; trace?: string }[] }
          | undefined;
        const task = status?.tasks?.[0];
        if (task?.state === 'FAILED') throw new Error(`Debezium failed: ${task.trace}`);
        return task?.state === 'RUNNING' && (await isSlotRead(postgresUrl, slot));
      }),
    remove: async () => {
      await ask(`${root}/connectors/${name}`, 'DELETE');
    },
  };
}

function workerOf(child: Child, folder: string, logFile: string, root: string): DebeziumWorker {
  const { pid } = child.identity;
  return {
    pid,
    logFile,
    usage: () => processUsage(pid),
    connect: async (options) => {
      // slots are called by lower case letters, digits and underscores
      const name = options.prefix.toLowerCase().replaceAll(/[^a-z0-9_]/g, '_');
      const config = connectorProperties(name, options, options.prefix, options.properties ?? {});
      const answer = await ask(`${root}/connectors`, 'POST', { name, config });
      if (!answer?.ok)
        throw new Error(`Debezium did not take its settings: ${await answer?.text()}`);
      return connectorOf(root, name, config['slot.name'] ?? name, options.postgresUrl);
    },
    stop: async () => {
      await child.stop();
      rmSync(folder, { recursive: true, force: true });
    },
    kill: () => child.kill(),
  };
}

/** Starts a worker without connectors and waits until it takes them. The first time it is downloaded. */
export async function startDebezium(options: WorkerOptions): Promise<DebeziumWorker> {
  const program = await debeziumProgram(options.onProgress ?? (() => undefined));
  const folder = mkdtempSync(join(tmpdir(), 'debezium-'));
  const logFile = join(folder, 'connect.log');
  const [port] = await freePorts(1);
  const root = `http://127.0.0.1:${port}`;
  const worker = join(folder, 'worker.properties');
  const log4j = join(folder, 'log4j2.yaml');
  writeFileSync(log4j, logging);
  writeFileSync(
    worker,
    propertiesText({
      'bootstrap.servers': options.kafkaBrokers,
      'offset.storage.file.filename': join(folder, 'offsets'),
      'offset.flush.interval.ms': '10000',
      'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
      'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
      'plugin.discovery': 'service_load',
      listeners: root,
      ...options.properties,
    }),
  );
  const logOptions = [`-Dlog4j2.configurationFile=${log4j}`, `-Dlog4j.configurationFile=${log4j}`];
  const main = ['-cp', program.classPath, 'org.apache.kafka.connect.cli.ConnectStandalone', worker];
  const args = [...(options.jvm ?? tunedJvm), ...logOptions, ...main];
  const child = await startChild({ command: program.java, args, stopSignal: 'SIGTERM' }, logFile);
  try {
    await until('the start', performance.now() + startTimeoutMs, async () => {
      if (!child.running()) throw new Error(`Debezium ended at once:\n${tail(logFile)}`);
      return (await ask(`${root}/connectors`))?.ok ?? false;
    });
  } catch (error) {
    await child.kill();
    throw error;
  }
  return workerOf(child, folder, logFile, root);
}
