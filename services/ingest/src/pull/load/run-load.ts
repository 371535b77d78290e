/** `millrace load`: one source to its end, with progress and a summary. The flow of rows is ../loader.ts. */

import { createRegistryClient } from '@millrace/avro';
import { type Contract, MillraceError } from '@millrace/contracts';
import { createAdmin, type KafkaSettings, kafkaConnection } from '@millrace/kafka';
import { type Clock, silentLogger } from '@millrace/pipeline';
import { type ConfigOf, loadProject } from '@millrace/runtime';
import {
  openRejectedLog,
  type RejectedLog,
  type RejectedLogOptions,
  rejectedContract,
} from '../../quarantine/rejected-log.ts';
import { openStreams, type Stream, streamOf } from '../../stream.ts';
import { ensurePositionsTopic, repeatSessions, withLoadSession } from '../load-session.ts';
import { createLoadTally } from '../load-tally.ts';
import { openLoadSession } from '../loader.ts';
import { openPullGates, shutText } from '../open-gates.ts';
import type { PullSource, SourcePart } from '../pull-source.ts';
import { openSource, takeRowsFor } from '../sources/open-source.ts';
import { isUndecided } from './all-rejected.ts';
import type { loadConfig } from './load-config.ts';
import { type LoadRequest, resolveLoad } from './load-request.ts';
import type { LoadSummary } from './load-text.ts';
import type { LoadProgress } from './progress.ts';

export interface RunLoadOptions {
  readonly config: Omit<ConfigOf<typeof loadConfig>, keyof KafkaSettings> & KafkaSettings;
  readonly request: LoadRequest;
  readonly progress: LoadProgress;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const policy = { initialMs: 500, multiplier: 2, maxMs: 15_000, jitter: 0.2 };
/** Repeats are not looked for: what is loaded once is the transaction's affair. */
const smallestWindow = { windowEvents: 1, windowSeed: { value: 0 } };
/** In a row without progress: about a minute and a half. */
const attempts = 10;

/** Rejects with config.*, ingest.*, kafka.*: what was committed before stays, and the next run goes on behind it. */
export const runLoad = async (options: RunLoadOptions): Promise<LoadSummary> => {
  const { config, request, progress, clock, signal } = options;
  const project = await loadProject(config.project);
  const { declaration, ...named } = await resolveLoad(request, project, process.env);
  const contract = project.contracts.find(({ id }) => id === declaration.to)!;
  const sourceOptions = { declaration, contract, ...named, clock };
  const opened = openSource(sourceOptions);
  const tally = createLoadTally();
  progress.follow(() => tally.counts());
  const source = listedFirst(opened, (parts) => progress.listed(parts));
  const startedMs = performance.now();
  const keptIn = contract.rejected === 'keep' ? rejectedContract(project.contracts) : undefined;
  const load = request.dryRun ? loadDry : loadOntoKafka;
  try {
    await load({ ...options, contract, keptIn }, async (stream, run, log) => {
      const takeRowsOf = takeRowsFor(sourceOptions, source, stream, tally, log);
      const name = declaration.name;
      const guard = request.keepGoing ? {} : { isUndecided };
      await run({ name, source, takeRowsOf, tally, ...guard, clock, signal });
    });
  } finally {
    progress.end();
    await opened.close();
  }
  return {
    ...tally.counts(),
    source: declaration.name,
    stream: contract.id,
    topic: contract.topic.name,
    dryRun: request.dryRun,
    rejectedTopic: keptIn?.topic.name ?? null,
    elapsedMs: Math.round(performance.now() - startedMs),
  };
};

type LoaderParts = Pick<
  Parameters<typeof withLoadSession>[0],
  'name' | 'source' | 'takeRowsOf' | 'tally' | 'isUndecided' | 'clock' | 'signal'
>;
type Load = (
  options: RunLoadOptions & {
    readonly contract: Contract;
    /** Of rejected events; undefined: rejected rows are not kept. */
    readonly keptIn: Contract | undefined;
  },
  withStream: (
    stream: Stream,
    run: (parts: LoaderParts) => Promise<void>,
    log?: RejectedLog,
  ) => Promise<void>,
) => Promise<void>;

/** Reads and judges every row, and asks nobody but the contract. */
const loadDry: Load = async ({ contract, config }, withStream) => {
  const facts = {
    ...{ schemaId: 0, partitions: contract.topic.partitions },
    eventBytesMax: config.eventBytesMax,
  };
  const stream = streamOf(contract, facts, smallestWindow, createRegistryClient({ url: '' }));
  await withStream(stream, async (parts) => {
    const session = await openLoadSession(parts);
    await session.loadAll();
  });
};

const loadOntoKafka: Load = async (options, withStream) => {
  const { config, contract, keptIn, clock, signal, progress } = options;
  const connection = kafkaConnection(config, 'millrace-load', silentLogger);
  const admin = createAdmin(connection);
  const ended = new AbortController();
  const gates = openPullGates({
    ...{ connection, admin, clock, logger: silentLogger },
    signal: AbortSignal.any([signal, ended.signal]),
  });
  const opened = () =>
    gates.opened(contract.id, signal, (why) => progress.paused(shutText(contract.id, why)));
  const registry = createRegistryClient({ url: config.registryUrl });
  try {
    const limits = { eventBytesMax: config.eventBytesMax, ...smallestWindow };
    const [found] = await openStreams([contract], { admin, registry }, limits);
    const log = keptIn && (await openLog(keptIn, { ...config, admin, registry }));
    const topics = [contract.topic.name, ...(log === undefined ? [] : [log.topic])];
    await ensurePositionsTopic(admin);
    const run = (parts: LoaderParts) =>
      repeatSessions(
        () =>
          withLoadSession({ ...parts, connection, admin, opened, topics }, (session) =>
            session.loadAll(),
          ),
        {
          ...{ attempts, repeatsAll: false, clock, signal },
          policyFor: () => policy,
          progress: () => parts.tally.counts().committed,
          observe: (error: MillraceError, delayMs) => progress.waiting(error, delayMs),
        },
      );
    await withStream(found!.stream, run, log);
  } finally {
    ended.abort(new Error('the load has ended'));
    await admin.close();
  }
};

/** Before the first row is read: what is rejected has nowhere to go without it. */
const openLog = async (keptIn: Contract, options: RejectedLogOptions): Promise<RejectedLog> => {
  const log = await openRejectedLog(keptIn, options);
  if (log !== undefined) return log;
  throw new MillraceError(
    'ingest.stream-not-applied',
    `${keptIn.id}: rejected rows are kept in ${keptIn.topic.name}, which does not exist. Run \`millrace contracts apply\` first.`,
  );
};

/** All parts are listed before the first is read, so that progress knows the whole. */
const listedFirst = (
  source: PullSource,
  listed: (parts: readonly SourcePart[]) => void,
): PullSource => ({
  ...source,
  async *parts(states, signal) {
    const parts: SourcePart[] = [];
    for await (const part of source.parts(states, signal)) parts.push(part);
    listed(parts);
    yield* parts;
  },
});
