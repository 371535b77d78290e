/**
 * A source's rows onto Kafka, each exactly once: rows and the position behind them are in one transaction, under a
 * transactional id of the source, so that a loader which was left behind can write nothing more. Whatever breaks a
 * session, the next one begins at what Kafka holds; a crash and a fault are the same case.
 *
 *   fence ─▶ read states ─▶ each part: read ─▶ map ─▶ fit ─▶ encode ─▶ identify ─▶ route ─▶ stamp ─▶ commit
 *                                        │       └──────────────┴──▶ rejected rows, in the same transaction
 */
import { MillraceError } from '@millrace/contracts';
import type { PartitionBatch, TransactionalProducer } from '@millrace/kafka';
import type { Clock } from '@millrace/pipeline';
import { type OpenCommit, openCommit, sendCommit } from './commit.ts';
import type { LoadCounts, LoadTally } from './load-tally.ts';
import type { PositionLog } from './positions.ts';
import type { PartState, PullSource, RowBatch, SourcePart } from './pull-source.ts';
import type { TakeRows } from './take-rows.ts';

export interface LoaderOptions {
  readonly source: PullSource;
  /** Absent: a dry run, in which nothing is written and all is read from the beginning. */
  readonly output?: {
    readonly producer: TransactionalProducer;
    readonly positions: PositionLog;
    /** Resolves when the stream takes rows: before each transaction. */
    readonly opened: () => Promise<void>;
  };
  readonly takeRowsOf: (part: SourcePart) => TakeRows;
  readonly tally: LoadTally;
  /** While it answers true nothing is committed; it throws to end the load. */
  readonly isUndecided?: (counts: LoadCounts) => boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Rows, bytes and age of a transaction at most. Together they bound memory, and what is read again after a crash. */
export const commitRowsMax = 10_000;
const commitBytesMax = 8 * 1024 * 1024;
const commitAgeMaxMs = 1000;

export interface LoadSession {
  /** Everything that is there and not loaded; resolves when it is. */
  loadAll(): Promise<void>;
}

/** Fences other loaders of the source and reads how far it is. Rejects with kafka.*, `ingest.positions-invalid`. */
export const openLoadSession = async (given: LoaderOptions): Promise<LoadSession> => {
  const options = { ...given, isUndecided: ofThisSession(given) };
  const { source, output, signal } = options;
  await output?.producer.fence();
  const states = (await output?.positions.read(signal)) ?? new Map<string, PartState>();
  /** Failed in this session: read again only in the next, or as another version. */
  const failed = new Map<string, string>();
  const writer = createCommitWriter(options, states);
  return {
    loadAll: async () => {
      for await (const part of source.parts(states, signal)) {
        signal.throwIfAborted();
        if (failed.get(part.name) === part.version) continue;
        const error = await loadPart(options, states, writer, part);
        if (error !== undefined) failed.set(part.name, part.version);
      }
      await writer.flush();
      await output?.producer.settle();
    },
  };
};

/** What an earlier session rejected and did not write is read, and rejected, again. */
const ofThisSession = ({ tally, isUndecided = () => false }: LoaderOptions) => {
  const { rejected: before } = tally.counts();
  return (counts: LoadCounts): boolean =>
    isUndecided({ ...counts, rejected: counts.rejected - before });
};

const untouched = { rows: 0, accepted: 0, rejected: 0, skipped: 0, done: false } as const;

/** Resolves with why the part cannot be read on, undefined when all of it is loaded. */
const loadPart = async (
  options: LoaderOptions,
  states: ReadonlyMap<string, PartState>,
  writer: CommitWriter,
  part: SourcePart,
): Promise<MillraceError | undefined> => {
  const { tally, signal, clock } = options;
  const known = states.get(part.name);
  const memo = part.memo === undefined ? {} : { memo: part.memo };
  let state: PartState =
    known?.version === part.version
      ? withoutFailure(known)
      : { ...untouched, version: part.version, ...memo };
  tally.begin(part, state);
  const takeRows = options.takeRowsOf(part);
  let open = openCommit();
  let openedMs = clock.nowMs();

  const add = async (batch: RowBatch): Promise<void> => {
    const taken = await takeRows(batch, state.rows, open);
    state = {
      ...state,
      at: batch.at,
      rows: state.rows + batch.values.length,
      accepted: state.accepted + taken.accepted,
      rejected: state.rejected + taken.rejected,
      skipped: state.skipped + taken.skipped,
    };
    open.setState(part.name, state);
    tally.read(part, batch, taken);
    options.isUndecided?.(tally.counts());
    const isFull =
      open.rows >= commitRowsMax ||
      open.bytes >= commitBytesMax ||
      clock.nowMs() - openedMs >= commitAgeMaxMs;
    if (!isFull && batch.flush !== true) return;
    await writer.begin(part.name, open);
    open = openCommit();
    openedMs = clock.nowMs();
  };

  let failure: MillraceError | undefined;
  try {
    for await (const batch of part.read(state.at, signal)) await add(batch);
    state = { ...state, ...memo, done: true };
  } catch (error) {
    if (!isOfThePart(error)) {
      await writer.settled();
      throw error;
    }
    failure = error;
    state = { ...state, failed: { code: error.code, message: error.message } };
  }
  open.setState(part.name, state);
  await writer.begin(part.name, open);
  await writer.settled();
  tally.end(part, state);
  return failure;
};

const withoutFailure = ({ failed: _failed, ...state }: PartState): PartState => state;

/** The part is broken and others may not be; anything else ends the session. */
const isOfThePart = (error: unknown): error is MillraceError =>
  error instanceof MillraceError && !error.retryable && error.code.startsWith('ingest.part-');

interface CommitWriter {
  /** Resolves when the commit before is written; a commit that nobody has decided on is held. */
  begin(part: string, commit: OpenCommit): Promise<void>;
  settled(): Promise<void>;
  /** Writes what is held, too. */
  flush(): Promise<void>;
}

/** One transaction at a time is on its way while the next is filled. */
const createCommitWriter = (
  { output, tally, isUndecided }: LoaderOptions,
  states: Map<string, PartState>,
): CommitWriter => {
  let onItsWay: Promise<void> = Promise.resolve();
  let held: { readonly part: string; readonly commit: OpenCommit }[] = [];
  let heldBytes = 0;
  const send = async (commits: typeof held): Promise<void> => {
    for (const { part, commit } of commits) {
      if (output !== undefined) {
        await output.opened();
        await sendThrough(output, commit);
      }
      tally.committed(part, commit);
    }
  };
  const release = async (): Promise<void> => {
    await onItsWay;
    onItsWay = send(held);
    held = [];
    heldBytes = 0;
    // whoever awaits it next is told; until then it is nobody's unhandled rejection
    onItsWay.catch(() => undefined);
  };
  return {
    begin: async (part, commit) => {
      // a commit that fails ends the session, and these states with it
      for (const [name, state] of commit.states) states.set(name, state);
      held.push({ part, commit });
      heldBytes += commit.bytes;
      if (heldBytes < commitBytesMax && isUndecided?.(tally.counts()) === true) return;
      await release();
    },
    settled: () => onItsWay,
    flush: async () => {
      await release();
      await onItsWay;
    },
  };
};

const sendThrough = async (
  { producer, positions }: NonNullable<LoaderOptions['output']>,
  commit: OpenCommit,
): Promise<void> => {
  const recordOf = (name: string, state: PartState): PartitionBatch =>
    positions.recordOf(name, state);
  try {
    await producer.transaction((transaction) => sendCommit(transaction, commit, recordOf));
  } catch (error) {
    if (!(error instanceof MillraceError) || error.code !== 'kafka.fenced') throw error;
    throw new MillraceError('ingest.source-taken', 'another loader has taken the source over', {
      cause: error,
    });
  }
};
