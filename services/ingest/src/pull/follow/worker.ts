/**
 * The thread that follows sources, so that reading files takes nothing from the answers of the door but its share
 * of the processor. Told what to do by pull-thread.ts.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { createRegistryClient } from '@millrace/avro';
import { type Contract, ingestPositionsTopic, MillraceError } from '@millrace/contracts';
import { createAdmin, kafkaConnection } from '@millrace/kafka';
import { retry, systemClock } from '@millrace/pipeline';
import { createLogger, createMetrics, loadProject } from '@millrace/runtime';
import {
  openRejectedLog,
  type RejectedLog,
  rejectedContract,
} from '../../quarantine/rejected-log.ts';
import { openStreams } from '../../stream.ts';
import { ensurePositionsTopic } from '../load-session.ts';
import { openPullGates } from '../open-gates.ts';
import { openSource } from '../sources/open-source.ts';
import { followedSources, readSources } from '../sources/read-sources.ts';
import { followSource } from './follow-source.ts';
import { createPullMetrics } from './pull-metrics.ts';
import type { FromPullThread, PullThreadData, ToPullThread } from './pull-thread-messages.ts';
import { shareSources } from './share-sources.ts';

const config = workerData as PullThreadData;
const port = parentPort!;
const clock = systemClock;
const logger = createLogger({ service: 'ingest', level: config.logLevel, thread: 1 });
const registered = createMetrics('ingest');
const metrics = createPullMetrics(registered);
const stopping = new AbortController();
const stopAsked = new Promise<void>((resolve) => {
  stopping.signal.addEventListener('abort', () => resolve());
});
const nudges = new Map<string, () => void>();
const tell = (message: FromPullThread) => port.postMessage(message);

port.on('message', async (message: ToPullThread) => {
  if (message.kind === 'stop') stopping.abort(new Error('stopping'));
  else if (message.kind === 'notify') nudges.get(message.source)?.();
  else tell({ kind: 'measured', snapshot: await registered.snapshot() });
});

const { contracts, directory } = await loadProject(config.project);
const sources = followedSources(await readSources(directory, contracts, process.env));
const connection = kafkaConnection(config.kafka, 'millrace-ingest-sources', logger);
const admin = createAdmin(connection);
const registry = createRegistryClient({ url: config.registryUrl });
/** Sources wait for it, since what they reject would be lost, and the door goes on without them. */
const openLog = async (fed: readonly Contract[]): Promise<RejectedLog | undefined> => {
  const keptIn = rejectedContract(contracts);
  if (keptIn === undefined || fed.every(({ rejected }) => rejected !== 'keep')) return undefined;
  const log = await openRejectedLog(keptIn, { ...config, admin, registry });
  if (log !== undefined) return log;
  const message = `${keptIn.topic.name} does not exist: run \`millrace contracts apply\``;
  throw new MillraceError('ingest.stream-not-applied', message, { retryable: true });
};
const policy = { initialMs: 200, multiplier: 2, maxMs: 10_000, jitter: 0.2 };
const open = retry(
  async () => {
    await ensurePositionsTopic(admin);
    const [topic] = await admin.describeTopics([ingestPositionsTopic]);
    const limits = { ...config, windowEvents: 1, windowSeed: { value: 0 } };
    const fed = contracts.filter(({ id }) => sources.some(({ to }) => to === id));
    const streams = await openStreams(fed, { admin, registry }, limits);
    return { streams, partitions: topic!.partitions, log: await openLog(fed) };
  },
  policy,
  clock,
  stopping.signal,
  ({ error }) => logger.warn({ err: error }, 'sources wait to start'),
);
const { streams, partitions, log } = await open();
const gates = openPullGates({ connection, admin, clock, logger, signal: stopping.signal });

const shared = shareSources({
  connection,
  names: sources.map(({ name }) => name),
  partitions,
  follow: (name, signal) => {
    const declaration = sources.find((one) => one.name === name)!;
    const { stream } = streams.find(({ stream: { contract } }) => contract.id === declaration.to)!;
    const source = openSource({ declaration, contract: stream.contract, directory, clock });
    nudges.set(name, source.nudge);
    return followSource({
      ...{
        declaration,
        source,
        stream,
        gates,
        directory,
        connection,
        admin,
        metrics,
        logger,
        clock,
      },
      ...(log !== undefined && stream.contract.rejected === 'keep' ? { log } : {}),
      signal,
    });
  },
});
await Promise.race([shared.finished, stopAsked]);
await shared.close();
await admin.close();
// a connection that is still closing does not hold up the thread
process.exit();
