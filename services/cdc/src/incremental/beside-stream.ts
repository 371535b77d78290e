/**
 * Everything that reads tables while the stream goes on, wired together: snapshots that were cut off, that a signal
 * asks for, that new tables need.
 */
import { capturedTablesFact } from '@millrace/contracts';
import type { TransactionalProducer } from '@millrace/kafka';
import type { Relation } from '@millrace/pgoutput';
import type { Clock, Logger } from '@millrace/pipeline';
import { type BlockingSnapshot, createBlockingSnapshot } from '../blocking/blocking-snapshot.ts';
import type { StreamGate } from '../blocking/stream-gate.ts';
import type { CapturedTable } from '../captured-table.ts';
import { type CdcConfig, modesOf } from '../config.ts';
import type { DeliveredTransactions } from '../delivered-transactions.ts';
import type { TableShape } from '../envelope/table-shape.ts';
import type { CdcMetrics } from '../metrics.ts';
import type { Notify } from '../notifications/notification.ts';
import { createTaskNotices } from '../notifications/task-notices.ts';
import type { Outputs } from '../outputs.ts';
import { createSignals } from '../signals/obey-signals.ts';
import { isSignalTable } from '../signals/signal-table.ts';
import type { SignalTopic } from '../signals/signal-topic.ts';
import { readingSettings } from '../snapshot/reading-settings.ts';
import { snapshotTables } from '../snapshot/snapshot-choice.ts';
import { readProgress } from '../snapshot/table-progress.ts';
import { selectTables } from '../source/captured-tables.ts';
import { type CatalogTable, describeTable, type TableName } from '../source/catalog.ts';
import { createCopyOut } from '../source/copy-out.ts';
import { findTables as findMeant } from '../source/find-tables.ts';
import { ensurePublications, type PublicationWish } from '../source/publication.ts';
import { connectSource, type SourceConnection } from '../source/source-connection.ts';
import type { StateLog } from '../state-log.ts';
import type { EncodeChange } from '../steps/encode-change.ts';
import type { StreamListener } from '../stream-listener.ts';
import {
  createIncrementalSnapshot,
  markPrefix,
  PAUSED_FACT,
  type StreamOutput,
  type TableTask,
} from './incremental-snapshot.ts';
import { createJoinedOutput } from './joined-output.ts';
import {
  encodeTables,
  isFactOf,
  runningTransactionsEnded,
  tablesSince,
  taskOf,
  watchTables,
} from './watch-tables.ts';
import { createWindowSource, type WindowSource } from './window-source.ts';

export interface BesideOptions {
  readonly config: CdcConfig;
  readonly control: SourceConnection;
  readonly reader: SourceConnection;
  readonly slotName: string;
  readonly publications: PublicationWish;
  readonly patterns: readonly string[];
  readonly signalTopic: SignalTopic | undefined;
  readonly notify: Notify;
  /** Captured when the session began. */
  readonly tables: readonly CatalogTable[];
  /** Of the state log when the session began. */
  readonly remembered: ReadonlyMap<string, Buffer>;
  /** All tables are to be read at this start. */
  readonly readsAll: boolean;
  readonly state: StateLog;
  readonly outputs: Outputs;
  readonly output: StreamOutput;
  readonly delivered: DeliveredTransactions;
  /** Transactions that ran when the session began. */
  readonly runningAtStart: ReadonlySet<number>;
  readonly encodeChange: EncodeChange;
  readonly producer: TransactionalProducer;
  /** Stops the stream for a blocking snapshot. */
  readonly gate: StreamGate;
  /** Resolves when all that the stream has brought is written. */
  settled(): Promise<void>;
  readonly metrics: CdcMetrics;
  readonly logger: Logger;
  readonly clock: Clock;
  failed(error: unknown): void;
}

export interface BesideStream {
  readonly listeners: readonly StreamListener[];
  isCaptured(relation: Pick<Relation, 'oid' | 'schema' | 'table'>): boolean;
  /** Rows of this relation are signals. */
  takesRowsOf(relationOid: number, shape: TableShape): boolean;
  /** Reads a whole table of which consumers missed changes. */
  readAnew(table: TableName): void;
  /** Begins, once the stream runs. */
  start(): void;
  stop(): void;
  /** Resolves, after `stop`, when no row is written any more. */
  finished(): Promise<void>;
}

/** Rows differ: a chunk aims at a batch and may be so much larger. */
const CHUNK_SLACK = 8;

/** The state log's key of the next record of a signal topic. */
const SIGNAL_OFFSET_FACT = 'signal-offset/';

const nameOf = ({ schema, table }: TableName): string => `${schema}\0${table}`;

const withoutNames = (
  tables: readonly CatalogTable[],
  found: readonly CatalogTable[],
): readonly CatalogTable[] => {
  const names = new Set(found.map(nameOf));
  return tables.filter((table) => !names.has(nameOf(table)));
};

const asksOf = ({ clock, config, control, ...options }: BesideOptions): WindowSource => {
  const reading = {
    connection: options.reader,
    copyOut: createCopyOut(options.reader),
    slotName: options.slotName,
    delivered: options.delivered,
    lockTimeoutMs: config.snapshotLockTimeoutMs,
    chunkBytesMax: CHUNK_SLACK * config.batchBytesMax,
    runningAtStart: options.runningAtStart,
    sleep: (ms: number) => clock.sleep(ms),
  };
  return createWindowSource(control, reading, markPrefix(config.source));
};

const blockingOf = (
  options: BesideOptions,
  left: readonly TableTask[],
  output: StreamOutput,
  findTable: (name: TableName) => Promise<CatalogTable | undefined>,
): BlockingSnapshot => {
  const { clock, config, control, encodeChange, gate, logger, metrics, producer, state } = options;
  return createBlockingSnapshot({
    ...{ ...readingSettings(config), source: config.source, slotName: options.slotName },
    ...{ control, encodeChange, findTable, gate, left, logger, metrics, output, producer, state },
    ...{ nowMs: clock.nowMs, settled: options.settled, failed: options.failed },
    ...{ notify: options.notify, prepareTable: options.outputs.prepareTable },
    connect: (role, replication) =>
      connectSource(config.postgresUrl, config.source, role, replication),
  });
};

export const createBesideStream = (options: BesideOptions): BesideStream => {
  const { clock, config, control, logger, remembered, state } = options;
  const output = createJoinedOutput(options.output);
  const stopping = new AbortController();
  const captured = new Map<string, CatalogTable>(
    options.tables.map((table) => [nameOf(table), table]),
  );
  const findTables = async (): Promise<readonly CatalogTable[]> => {
    const { partitions } = config;
    return (await findMeant(control, options.patterns, partitions, options.publications)).tables;
  };
  const findNamed = async (name: TableName): Promise<CatalogTable | undefined> =>
    (await findTables()).find((one) => nameOf(one) === nameOf(name));
  const findTable = async (name: TableName): Promise<CapturedTable | undefined> => {
    const table = await findNamed(name);
    if (table === undefined) return undefined;
    return options.outputs.prepareTable(await describeTable(control, table, modesOf(config)));
  };
  const notices = createTaskNotices(options.notify, (batches) => {
    for (const { partition, records, topic } of batches)
      for (const record of records) output.open.add(topic, partition, record);
  });
  const cutOff: readonly TableTask[] = readProgress(remembered).filter(
    ({ status }) => status === 'running',
  );
  const snapshot = createIncrementalSnapshot({
    notices,
    left: {
      tasks: cutOff.filter((task) => !task.blocking),
      isPaused: remembered.has(PAUSED_FACT),
    },
    ...{ output, state, logger, findTable, source: config.source },
    ...{ encodeChange: options.encodeChange, metrics: options.metrics, nowMs: clock.nowMs },
    chunkRows: config.incrementalChunkRows,
    chunkBytes: config.batchBytesMax,
    asks: asksOf(options),
    failed: options.failed,
  });
  const blocking = blockingOf(
    ...([options, cutOff.filter((task) => task.blocking), output, findNamed] as const),
  );
  const remember = (key: string, value: Buffer): void => {
    const { partition, records, topic } = state.recordOf(key, value);
    for (const record of records) output.open.add(topic, partition, record);
    output.added();
  };
  const isForSignals = (table: TableName): boolean => isSignalTable(table, config.signalTable);
  const signals = createSignals({
    ...{ source: config.source, snapshot, blocking, logger, metrics: options.metrics },
    ...{ notices, remember, together: output.together },
    signalTable: config.signalTable,
    captured: () => [...captured.values()].filter((table) => !isForSignals(table)),
  });

  const rememberCaptured = (): void =>
    remember(capturedTablesFact, encodeTables([...captured.values()]));

  /** Together: a table that is known and of which no snapshot is begun is held for one that was read. */
  const snapshotOf = (added: readonly CatalogTable[]): void =>
    output.together(() => {
      rememberCaptured();
      const { choiceOf, tables } = snapshotTables(config, added);
      snapshot.request(tables.map((table) => ({ ...taskOf(table), ...choiceOf(table) })));
    });

  const watchSignals = ({ name, watch }: SignalTopic): Promise<void> => {
    const fact = `${SIGNAL_OFFSET_FACT}${name}`;
    const rememberOffset = (offset: number): void => remember(fact, Buffer.from(`${offset}`));
    const stored = remembered.get(fact);
    const handlers = {
      fromOffset: stored === undefined ? undefined : Number(stored.toString()),
      begun: rememberOffset,
      signal: (text: string, offset: number) =>
        output.together(() => {
          rememberOffset(offset + 1);
          signals.fromTopic(text);
        }),
    };
    return watch(handlers, stopping.signal);
  };

  /** What an earlier session left: snapshots cut off, tables that came while nobody looked. */
  const goOn = async (): Promise<void> => {
    blocking.start();
    snapshot.start();
    const fact = remembered.get(capturedTablesFact);
    const added = options.readsAll ? options.tables : tablesSince(fact, options.tables);
    if (added.length > 0) await runningTransactionsEnded(control, clock, stopping.signal);
    if (added.length > 0 || !isFactOf(fact, options.tables)) snapshotOf(added);
  };

  /** What is renamed, or dropped, is not captured: when it comes back, changes of it were missed. */
  const leave = (left: readonly CatalogTable[]): void => {
    if (left.length === 0) return;
    for (const table of left) captured.delete(nameOf(table));
    rememberCaptured();
    logger.info(
      { tables: left.map(({ schema, table }) => `${schema}.${table}`) },
      'tables that are gone are not captured any more',
    );
  };

  // By its name of then: it may be renamed or dropped since, and what it is called now is another table's matter. Rows under
  // a name that nobody asked for are missed, also when the table has its own again before anybody looks.
  const isCaptured: BesideStream['isCaptured'] = (relation) => {
    if (selectTables([relation], options.patterns).tables.length > 0) return true;
    leave([...captured.values()].filter(({ oid }) => oid === relation.oid));
    return false;
  };

  const watch = (): Promise<void> =>
    watchTables({
      ...{ control, clock, logger, findTables, signal: stopping.signal },
      retain: (found) => leave(withoutNames([...captured.values()], found)),
      intervalMs: config.tablesPollMs,
      isCaptured: (table) => captured.get(nameOf(table))?.oid === table.oid,
      hasMoved: (table) => {
        const before = captured.get(nameOf(table));
        return before?.oid === table.oid && before.hasIdentity !== table.hasIdentity;
      },
      capture: async (all) => {
        const isNew = all.some((table) => !captured.has(nameOf(table)));
        await ensurePublications(control, options.publications, all).catch((error: unknown) => {
          // the owner of the publications must act, and what is captured is captured meanwhile
          if (options.publications.isManaged || isNew) throw error;
          logger.error({ err: error }, 'tables belong into another publication');
        });
        captured.clear();
        for (const table of all) captured.set(nameOf(table), table);
      },
      joined: snapshotOf,
    });

  const unlessStopped = (error: unknown): void => {
    if (!stopping.signal.aborted) options.failed(error);
  };
  return {
    listeners: [snapshot.listener, signals.listener],
    takesRowsOf: signals.takesRowsOf,
    isCaptured,
    readAnew: (table) => snapshot.request([{ ...taskOf(table), mends: true }]),
    start: () => {
      // one after the other: that tables are known is remembered of all, and those found here would have no snapshot yet
      goOn()
        .then(() => (config.tablesPollMs > 0 ? watch() : undefined))
        .catch(unlessStopped);
      if (options.signalTopic !== undefined) watchSignals(options.signalTopic).catch(unlessStopped);
    },
    finished: blocking.finished,
    stop: () => {
      stopping.abort(new Error('stopping'));
      snapshot.close();
      blocking.close();
    },
  };
};
