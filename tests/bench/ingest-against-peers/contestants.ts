/** Who takes the events: each as a process of its own, on a port of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePorts, guardProcess } from '@millrace/stack';
import { type EventProject, startService } from '@millrace/testkit';

export interface Contestant {
  readonly name: string;
  readonly path: string;
  start(settings?: Readonly<Record<string, string>>): Promise<RunningContestant>;
}

export interface RunningContestant {
  readonly pid: number;
  readonly url: string;
  stop(): Promise<unknown>;
}

const here = (file: string): string => new URL(file, import.meta.url).pathname;

const startProcess = async (
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  port: number,
): Promise<RunningContestant> => {
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  const guard = guardProcess(pid, 'SIGTERM');
  const exited = once(child, 'exit').then(() => guard.release());
  while (!(await answers(port))) await new Promise((resolve) => setTimeout(resolve, 50));
  return {
    pid,
    url: `http://127.0.0.1:${port}`,
    stop: () => {
      child.kill('SIGKILL');
      return exited;
    },
  };
};

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });

/** As bin/millrace.mjs sets it: compiled once, and the stripper of types, 20 MB of WebAssembly, is not even loaded. */
const compileCache = {
  NODE_COMPILE_CACHE: here('../../../node_modules/.cache/millrace'),
};

/** Ours, as `millrace ingest` starts it. */
export const millrace = (project: EventProject): Contestant => ({
  name: 'Millrace',
  path: project.orders,
  start: async (settings = {}) => {
    const service = await startService('ingest', { ...compileCache, ...project.env, ...settings });
    await service.ready();
    return service;
  },
});

export const bareFastify: Contestant = {
  name: 'bare fastify',
  path: '/events',
  start: async () => {
    const [port] = await freePorts(1);
    return startProcess(process.execPath, [here('bare-fastify.ts')], { PORT: String(port) }, port!);
  },
};

/**
 * The engine of Redpanda Connect: its http_server, its parsing and json_schema, Kafka by franz-go with acks=all. JSON
 * goes onto the topic, since the encoder for a registry is not part of the open engine.
 * @param binary of `peer/`, see README.md
 */
export const benthos = (
  binary: string,
  brokers: string,
  topic: string,
  directory: string,
): Contestant => ({
  name: 'benthos (Redpanda Connect)',
  path: '/events',
  start: async () => {
    const [port, adminPort] = (await freePorts(2)) as [number, number];
    const file = join(directory, 'benthos.json');
    await writeFile(file, JSON.stringify(benthosConfig(port, adminPort, topic)));
    return startProcess(binary, ['run', file], { PEER_BROKERS: brokers }, port);
  },
});

const benthosConfig = (port: number, adminPort: number, topic: string) => ({
  http: { address: `127.0.0.1:${adminPort}` },
  logger: { level: 'ERROR' },
  input: {
    http_server: { address: `127.0.0.1:${port}`, path: '/events', allowed_verbs: ['POST'] },
  },
  pipeline: {
    processors: [
      { unarchive: { format: 'lines' } },
      { json_schema: { schema: JSON.stringify(orderSchema) } },
    ],
  },
  output: { peer_kafka: { topic } },
});

const orderSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['order_id', 'amount', 'placed_at'],
  properties: {
    order_id: { type: 'string' },
    amount: { type: 'integer', minimum: -2147483648, maximum: 2147483647 },
    placed_at: { type: 'string' },
    note: { type: ['string', 'null'] },
  },
};
