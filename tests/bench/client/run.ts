/**
 * Events a second through @millrace/client: into the real door and onto Kafka, and into a server that accepts everything
 * at once, which is what the client itself can do. The door and the server have processes of their own; so has the
 * stack, which the environment names. `node tests/bench/client/run.ts [events] [rounds]`.
 */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient, type EventResult } from '@millrace/client';
import { startStack } from '@millrace/stack';
import { createEventProject, startService } from '@millrace/testkit';
import { spreadOf } from '../spread.ts';

const [events = 200_000, rounds = 3] = process.argv.slice(2).map(Number);

/** Events that are sent before the first of them must have its answer. */
const ahead = 20_000;

/** Accepts everything; run as a process of its own. */
const acceptAll = (): void => {
  const server = createServer((request, response) => {
    let lines = 1;
    request.on('data', (chunk: Buffer) => {
      for (const byte of chunk) if (byte === 10) lines += 1;
    });
    request.on('end', () => response.writeHead(202).end(JSON.stringify({ accepted: lines })));
  });
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
};

interface Measured {
  readonly perSecond: number;
  /** CPU of the client's process, microseconds an event. */
  readonly cpuMicros: number;
}

const measure = async (url: string, stream: string, directory?: string): Promise<Measured> => {
  const fileStore = directory === undefined ? undefined : await import(storeUrl);
  const client = createClient({
    url,
    queueEvents: ahead,
    ...(fileStore === undefined ? {} : { store: fileStore.fileStore({ directory }) }),
  });
  const run = Math.random().toString(36).slice(2);
  const startedMs = performance.now();
  const before = process.cpuUsage();
  const sent: Promise<EventResult>[] = [];
  for (let n = 0; n < events; n += 1) {
    const event = {
      order_id: `${run}-${n}`,
      amount: n,
      placed_at: 979_000_000_000 + n,
      note: null,
    };
    sent.push(client.send(stream, event));
    if (n >= ahead) await sent[n - ahead];
  }
  const refused = (await Promise.all(sent)).find(({ status }) => status !== 'accepted');
  if (refused !== undefined) throw new Error(JSON.stringify(refused));
  const perSecond = (events / (performance.now() - startedMs)) * 1000;
  const { user, system } = process.cpuUsage(before);
  await client.close();
  return { perSecond, cpuMicros: (user + system) / events };
};

/** Named at run time: the second entry is for who installs the package, and the index is the way in for us. */
const storeUrl = import.meta.resolve('@millrace/client/node');

const report = async (
  name: string,
  url: string,
  stream: string,
  stored: boolean,
): Promise<void> => {
  const runs: Measured[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const directory = stored ? await mkdtemp(join(tmpdir(), 'millrace-client-')) : undefined;
    runs.push(await measure(url, stream, directory));
    if (directory !== undefined) await rm(directory, { recursive: true });
  }
  const perSecond = spreadOf(runs.map((run) => run.perSecond));
  const cpuMicros = spreadOf(runs.map((run) => run.cpuMicros));
  console.log(name, JSON.stringify({ perSecond, cpuMicros }));
};

const main = async (): Promise<void> => {
  const server = fork(fileURLToPath(import.meta.url), { env: { ...process.env, ACCEPT_ALL: '1' } });
  const [port] = (await once(server, 'message')) as [number];
  const { MILLRACE_KAFKA_BROKERS: kafkaBrokers, MILLRACE_REGISTRY_URL: registryUrl } = process.env;
  const stack =
    kafkaBrokers === undefined || registryUrl === undefined
      ? await startStack({ backend: 'embedded' })
      : undefined;
  const endpoints = stack?.endpoints ?? {
    ...{
      kafkaBrokers: kafkaBrokers!,
      registryUrl: registryUrl!,
      postgresUrl: '',
      clickhouseUrl: '',
    },
  };
  const project = await createEventProject(endpoints);
  const door = await startService('ingest', project.env);
  await door.ready();
  const stream = `${project.domain}.orders`;
  console.log(`${events} events of about 90 bytes, ${rounds} rounds; events/s:`);
  await report('a server that accepts all', `http://127.0.0.1:${port}`, stream, false);
  await report('the door, onto Kafka', door.url, stream, false);
  await report('the door, by a store in files', door.url, stream, true);
  await door.stop();
  await project.remove();
  await stack?.stop();
  server.kill();
};

if (process.env['ACCEPT_ALL'] === undefined) await main();
else acceptAll();
