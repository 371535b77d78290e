/**
 * The HTTP door beside bare fastify and, where it is built, the engine of Redpanda Connect, turn by turn:
 *
 *     node tests/bench/ingest-against-peers/run.ts [--rounds 3] [--seconds 8] [--only millrace] [--peer BINARY] [--overload]
 *
 * Single events, NDJSON batches of 100 and 1,000, latency at half load, memory; then ten times the connections against
 * Millrace alone, with an audit of every accepted id (with --overload that part alone). It starts Kafka and the registry of its own, unless
 * MILLRACE_KAFKA_BROKERS and MILLRACE_REGISTRY_URL name some.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createAdmin } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import { startStack } from '@millrace/stack';
import { createEventProject } from '@millrace/testkit';
import { printRun, printTable } from '../sink-against-peers/report.ts';
import { bareFastify, benthos, type Contestant, millrace } from './contestants.ts';
import { type Figures, measureLoad, measureOverload } from './measure.ts';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '8' },
    only: { type: 'string' },
    peer: { type: 'string' },
    overload: { type: 'boolean', default: false },
  },
});
const rounds = Number(options.rounds);
const seconds = Number(options.seconds);

const shapes = [
  { title: 'Single events', mediaType: 'application/json', eventsPerRequest: 1, connections: 64 },
  {
    title: 'NDJSON, 100 a batch',
    mediaType: 'application/x-ndjson',
    eventsPerRequest: 100,
    connections: 16,
  },
  {
    title: 'NDJSON, 1,000 a batch',
    mediaType: 'application/x-ndjson',
    eventsPerRequest: 1000,
    connections: 8,
  },
] as const;

const columns = {
  requestsPerSecond: 'requests/s',
  eventsPerSecond: 'events/s',
  cpuMicrosPerEvent: 'CPU µs/event',
  p50Ms: 'p50 ms at half load',
  p99Ms: 'p99 ms at half load',
  senderStallMs: 'the sender stalled, ms',
  waitedMsPerSecond: 'waited for a processor, ms/s',
  peakMemoryMb: 'peak RSS, MB',
  refused: 'not 2xx',
};

const { MILLRACE_KAFKA_BROKERS: brokers, MILLRACE_REGISTRY_URL: registryUrl } = process.env;
const stack = brokers === undefined ? await startStack({ backend: 'embedded' }) : undefined;
const endpoints = stack?.endpoints ?? {
  ...{ kafkaBrokers: brokers!, registryUrl: registryUrl!, postgresUrl: '', clickhouseUrl: '' },
};
const directory = await mkdtemp(join(tmpdir(), 'millrace-bench-'));
const project = await createEventProject(endpoints);
const peerTopic = `${project.domain}.peer`;
const connection = {
  ...{ brokers: endpoints.kafkaBrokers.split(','), clientId: 'bench', logger: silentLogger },
};
const admin = createAdmin(connection);
await admin.createTopics([{ name: peerTopic, partitions: 4, replicationFactor: 1, config: {} }]);

const contestants: readonly Contestant[] = [
  bareFastify,
  ...(options.peer === undefined
    ? []
    : [benthos(options.peer, endpoints.kafkaBrokers, peerTopic, directory)]),
  millrace(project),
].filter(({ name }) => options.only === undefined || name.toLowerCase().includes(options.only));

try {
  for (const { title, ...shape } of options.overload ? [] : shapes) {
    const runs = new Map<string, Figures[]>(contestants.map(({ name }) => [name, []]));
    for (let round = 0; round < rounds; round += 1)
      for (const contestant of contestants) {
        const figures = await measureLoad(contestant, { ...shape, seconds });
        printRun(title, contestant.name, figures);
        runs.get(contestant.name)!.push(figures);
      }
    printTable(`${title} (min / median / max)`, runs, columns);
  }
  const orders = { connection, topic: `events.${project.domain}.orders` };
  const overload = await measureOverload(millrace(project), orders, seconds);
  console.log(`\nTen times the connections: ${JSON.stringify(overload)}`);
} finally {
  await project.remove();
  await admin.deleteTopics([peerTopic]);
  await admin.close();
  await stack?.stop();
  await rm(directory, { recursive: true });
}
