/**
 * One session of a source, top to bottom. Whatever breaks it, the next session runs the same recipe: nothing
 * is carried over in memory, so a crash and a reconnect are the same case.
 *
 *   1 take the source      one instance only; others wait
 *   2 check the source     settings, tables, publications
 *   3 fence at Kafka       a predecessor's open transaction ends, and it can never write again
 *   4 restore the position what Kafka holds for good
 *   5 take the snapshot    when there is no position
 *   6 stream               receive → encode → write batch → confirm to PostgreSQL
 */

import { type Contract, changeTopicPrefix, MillraceError } from '@millrace/contracts';
import {
  createTransactionalProducer,
  type KafkaConnection,
  type TransactionalProducer,
} from '@millrace/kafka';
import type { Clock, Logger } from '@millrace/pipeline';
import { type CdcConfig, modesOf } from './config.ts';
import { createBlockedKeys } from './dead/blocked-keys.ts';
import { isBinaryCapable } from './envelope/table-shape.ts';
import { runningTransactions } from './incremental/read-in-window.ts';
import type { CdcMetrics } from './metrics.ts';
import type { Notify } from './notifications/notification.ts';
import { routeOutbox } from './outbox/route-outbox.ts';
import type { Outputs } from './outputs.ts';
import type { Position } from './position.ts';
import { createPositionLog } from './position-log.ts';
import { checkRules } from './rules/check-rules.ts';
import type { RowRules } from './rules/row-rules.ts';
import { compatibleOnly } from './schemas/incompatible-tables.ts';
import { isSignalTable } from './signals/signal-table.ts';
import { createSignalTopic } from './signals/signal-topic.ts';
import { checkChoices } from './snapshot/check-choice.ts';
import { readingSettings } from './snapshot/reading-settings.ts';
import { progressToForget, snapshotTables } from './snapshot/snapshot-choice.ts';
import { readProgress } from './snapshot/table-progress.ts';
import { describeTable } from './source/catalog.ts';
import { connectControl } from './source/control-connection.ts';
import { type PublicationWish, publicationNames } from './source/publication.ts';
import { createSessionConnections } from './source/session-connections.ts';
import { dropSlot, readSlot, slotNameOf } from './source/slot.ts';
import type { SourceConnection } from './source/source-connection.ts';
import { createStateLog } from './state-log.ts';
import { checkSource, type SourceFacts } from './steps/check-source.ts';
import { createEncodeChange } from './steps/encode-change.ts';
import { readFencedPosition, restorePosition } from './steps/restore-position.ts';
import { streamChanges } from './steps/stream-changes.ts';
import { takeSnapshot } from './steps/take-snapshot.ts';
import { takeSource } from './steps/take-source.ts';

export interface SessionOptions {
  readonly config: CdcConfig;
  readonly kafka: KafkaConnection;
  readonly contracts: readonly Contract[];
  readonly rules: RowRules;
  /** False once a table came in binary that is known as text only. */
  readonly allowsBinary: boolean;
  outputsFor(database: string): Outputs;
  readonly metrics: CdcMetrics;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Aborts when the service is to stop: the session drains and resolves. */
  readonly signal: AbortSignal;
  /** `undefined` while streaming, else what the session is doing. */
  state(reason: string | undefined): void;
}

/** server_version_num of the first server that keeps slots on standbys. */
const FAILOVER_SINCE = 170_000;

/** MILLRACE_CDC_TABLES, else the tables that contracts of this source name; without the excluded ones. And the signal table. */
const patternsOf = (config: CdcConfig, contracts: readonly Contract[]): readonly string[] => {
  const signals = config.signalTable === undefined ? [] : [config.signalTable];
  const excluded = [...config.tablesExclude.map((pattern) => `!${pattern}`), ...signals];
  if (config.tables.length > 0) return [...config.tables, ...excluded];
  const ofContracts = contracts.flatMap(({ source }) =>
    source.kind === 'change' && source.source === config.source
      ? [`${source.schema}.${source.table}`]
      : [],
  );
  return [...ofContracts, ...excluded];
};

const publicationsOf = (config: CdcConfig, slotName: string): PublicationWish => ({
  names: publicationNames(slotName),
  operations: config.operations,
  viaRoot: config.partitions === 'root',
  isManaged: config.publication === 'managed',
});

const openProducer = ({ config, kafka }: SessionOptions) =>
  createTransactionalProducer(kafka, {
    transactionalId: `millrace.cdc.${config.source}`,
    transactionTimeoutMs: config.transactionTimeoutMs,
    compression: config.compression,
  });

/** There is a position, so no initial snapshot is taken. */
const tellSkipped = async (producer: TransactionalProducer, notify: Notify): Promise<void> => {
  const records = notify({ kind: 'Initial Snapshot', type: 'SKIPPED' });
  if (records.length > 0) await producer.transaction((transaction) => transaction.send(records));
};

const signalTopicOf = ({ clock, config, kafka, logger }: SessionOptions) =>
  config.signalTopic === undefined
    ? undefined
    : createSignalTopic({
        ...{ clock, kafka, logger, topic: config.signalTopic },
        key: changeTopicPrefix(config.source),
        replicationFactor: config.topicReplication,
      });

/** The session's producer: always the latest, where another of the same transactional id took its place. */
const sessionProducer = (options: SessionOptions) => {
  let latest = openProducer(options);
  const producer: TransactionalProducer = {
    transaction: (work, limits) => latest.transaction(work, limits),
    fence: () => latest.fence(),
    partitionCount: (topic) => latest.partitionCount(topic),
    close: () => latest.close(),
  };
  return {
    producer,
    reopen: () => {
      latest.close().catch(() => undefined);
      latest = openProducer(options);
      return producer;
    },
  };
};

/** Nothing of a snapshot is left to do. */
const isComplete = (facts: ReadonlyMap<string, Buffer>): boolean =>
  readProgress(facts).every(({ status }) => status === 'done');

/** Throws `cdc.source-unfit`. */
const checkFailover = ({ slotFailover }: CdcConfig, { serverVersion }: SourceFacts): void => {
  if (!slotFailover || serverVersion >= FAILOVER_SINCE) return;
  throw new MillraceError(
    'cdc.source-unfit',
    'failover slots are known to PostgreSQL 17 and later: MILLRACE_CDC_SLOT_FAILOVER=false',
  );
};

const checkSignalTable = (
  { signalTable }: CdcConfig,
  { tables }: SourceFacts,
  logger: Logger,
): void => {
  if (signalTable === undefined || tables.some((table) => isSignalTable(table, signalTable)))
    return;
  logger.warn({ table: signalTable }, 'there is no such signal table, or it is excluded');
};

/** Whether it is asked for, and the binary form of every captured column is known. */
const mayComeInBinary = async (
  control: SourceConnection,
  { tables }: SourceFacts,
  { allowsBinary, config }: SessionOptions,
): Promise<boolean> => {
  if (config.binaryValues !== 'auto' || !allowsBinary) return false;
  for (const table of tables) {
    if (!isBinaryCapable(await describeTable(control, table, modesOf(config)))) return false;
  }
  return true;
};

/**
 * Runs until `signal` aborts (resolves with 'stopped', drained), there is nothing more to do ('ended') or
 * something breaks (rejects).
 */
export const runSession = async (options: SessionOptions): Promise<'stopped' | 'ended'> => {
  const { clock, config, kafka, logger, metrics, signal, state } = options;
  const slotName = slotNameOf(config.source);
  const publications = publicationsOf(config, slotName);
  const positions = createPositionLog(kafka, config.source);
  const stateLog = createStateLog(kafka, config.source);
  const { connect, close: disconnect } = createSessionConnections(config);

  state('connecting to PostgreSQL');
  const control = await connectControl(config);
  const { producer, reopen } = sessionProducer(options);
  try {
    await takeSource({ control, slotName, clock, signal, logger, waiting: state });
    const patterns = patternsOf(config, options.contracts);
    const facts = await checkSource(
      ...([control, patterns, publications, config.partitions, logger] as const),
    );
    checkSignalTable(config, facts, logger);
    await checkRules(control, facts.tables, modesOf(config), options.rules);
    checkFailover(config, facts);
    const outputs = options.outputsFor(facts.database);
    const notify = await outputs.prepareNotify(config.notificationTopic, clock.nowMs);

    state('reading the position');
    const stored = await readFencedPosition(producer, positions);
    const remembered = await stateLog.read();
    const blocked = createBlockedKeys({
      ...{ source: config.source, remembered, keysMax: config.blockedKeysMax },
      changed: metrics.blockedKeys,
    });
    const encodeChange = routeOutbox(createEncodeChange(config, blocked), config);
    const slot = await readSlot(control, slotName);
    const mode = config.snapshotMode;
    const restored = restorePosition(stored, slot, facts.systemId, mode, isComplete(remembered));
    if (restored.next === 'end') return 'ended';

    const wanted = snapshotTables(config, facts.tables);
    await checkChoices(control, facts.tables, wanted.choiceOf, modesOf(config));
    const snapshot = async (dropsSlot: boolean): Promise<Position | undefined> => {
      if (dropsSlot) await dropSlot(control, slotName);
      state('taking the snapshot');
      logger.info({ tables: wanted.tables.length }, 'snapshot begins');
      const taken = takeSnapshot({
        ...{ slotName, producer, positions, encodeChange, connect, metrics, logger, ...wanted },
        ...{ control, notify, signal, ...readingSettings(config) },
        mayBeginAnew: mode === 'when_needed',
        ...{ state: stateLog, systemId: facts.systemId },
        captured: facts.tables,
        isFailoverSlot: config.slotFailover,
        forget: progressToForget(remembered, wanted.tables),
        prepareTable: async (shape) => compatibleOnly(await outputs.prepareTable(shape)),
        nowMs: clock.nowMs,
      });
      return Promise.race([taken, control.lost]);
    };
    const position =
      restored.next === 'stream' ? restored.position : await snapshot(restored.dropSlot);
    if (position === undefined) return 'stopped';
    if (restored.next === 'stream') await tellSkipped(producer, notify);
    if (mode === 'initial_only') {
      await dropSlot(control, slotName);
      return 'ended';
    }
    const isBinary = await mayComeInBinary(control, facts, options);
    const reader = await connect('reader', false);
    await streamChanges({
      transactionTopic: config.transactionMetadata
        ? await outputs.prepareTransactionTopic()
        : undefined,
      runningAtStart: new Set(await runningTransactions(control)),
      ...{ notify, signalTopic: signalTopicOf(options) },
      ...{ reader, isBinary, patterns, stateLog, remembered: await stateLog.read() },
      ...{ config, control, facts, outputs, slotName, publications, producer, positions },
      ...{ position, encodeChange, metrics, logger, clock, signal, state, reopen },
    });
    return 'stopped';
  } finally {
    // first: a transaction that waits for rows ends with its connection
    await disconnect();
    await producer.close();
    await control.close();
  }
};
