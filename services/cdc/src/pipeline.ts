/**
 * One session of a source, top to bottom. Whatever breaks it, the next session runs the same recipe: nothing
 * is carried over in memory, so a crash and a reconnect are the same case.
 *
 *   1 take the source      one instance only; others wait
 *   2 check the source     settings, tables, publications, wishes
 *   3 fence at Kafka       a predecessor's open transaction ends, and it can never write again
 *   4 restore the position what Kafka holds for good
 *   5 take the snapshot    when there is no position
 *   6 stream               receive → encode → write batch → confirm to PostgreSQL
 */

import { type Contract, slotNameOf } from '@millrace/contracts';
import type { FloodControl } from '@millrace/dead-letters';
import type { KafkaConnection } from '@millrace/kafka';
import type { Clock, Logger } from '@millrace/pipeline';
import { type CdcConfig, modesOf } from './config.ts';
import { createBlockedKeys } from './dead/blocked-keys.ts';
import { runningTransactions } from './incremental/read-in-window.ts';
import type { CdcMetrics } from './metrics.ts';
import { tellSkipped } from './notifications/tell-skipped.ts';
import { routeOutbox } from './outbox/route-outbox.ts';
import type { Outputs } from './outputs.ts';
import type { Position } from './position.ts';
import { createPositionLog } from './position-log.ts';
import { checkRules } from './rules/check-rules.ts';
import type { RowRules } from './rules/row-rules.ts';
import { compatibleOnly } from './schemas/incompatible-tables.ts';
import { createSessionProducer } from './session-producer.ts';
import { warnOfMissingSignalTable } from './signals/signal-table.ts';
import { signalTopicOf } from './signals/signal-topic.ts';
import { checkChoices } from './snapshot/check-choice.ts';
import { readingSettings } from './snapshot/reading-settings.ts';
import { snapshotTables } from './snapshot/snapshot-choice.ts';
import { isSnapshotDone } from './snapshot/table-progress.ts';
import { allInBinary } from './source/all-in-binary.ts';
import { connectControl } from './source/control-connection.ts';
import { publicationWish } from './source/publication.ts';
import { createSessionConnections } from './source/session-connections.ts';
import { checkFailover, dropSlot, readSlot } from './source/slot.ts';
import type { SourceConnection } from './source/source-connection.ts';
import { tablePatterns } from './source/table-patterns.ts';
import { createStateLog } from './state-log.ts';
import { checkSource, type LaterTables, type SourceFacts } from './steps/check-source.ts';
import { createEncodeChange } from './steps/encode-change.ts';
import { forgetCapture } from './steps/forget-capture.ts';
import { readFencedPosition, restorePosition } from './steps/restore-position.ts';
import { streamChanges } from './steps/stream-changes.ts';
import { takeSnapshot } from './steps/take-snapshot.ts';
import { takeSource } from './steps/take-source.ts';

const laterTables = (config: CdcConfig, hasSlot: boolean): LaterTables => ({
  // a first snapshot reads tables that could not be read beside a stream
  mayJoin: config.tablesPollMs > 0 && hasSlot,
  mayBegin: config.snapshotMode !== 'initial_only',
});

export interface SessionOptions {
  readonly config: CdcConfig;
  readonly kafka: KafkaConnection;
  readonly contracts: readonly Contract[];
  readonly rules: RowRules;
  /** False once a table came in binary that is known as text only. */
  readonly allowsBinary: boolean;
  outputsFor(database: string): Outputs;
  readonly metrics: CdcMetrics;
  readonly floods: FloodControl;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Aborts when the service is to stop: the session drains and resolves. */
  readonly signal: AbortSignal;
  /** `undefined` while streaming, else what the session is doing. */
  state(reason: string | undefined): void;
}

/** What is asked for against what is there: what does not fit is said before anything is written. */
const checkWishes = async (
  control: SourceConnection,
  facts: SourceFacts,
  { config, logger, rules }: SessionOptions,
) => {
  const modes = modesOf(config);
  checkFailover(config.slotFailover, facts.serverVersion);
  warnOfMissingSignalTable(config, facts.tables, logger);
  await checkRules(control, facts.tables, modes, rules);
  const wanted = snapshotTables(config, facts.tables);
  await checkChoices(control, facts.tables, wanted.choiceOf, modes);
  return wanted;
};

/** Whether values come in PostgreSQL's binary form: where it is allowed, and every column has one that we read. */
const readsBinary = async (
  control: SourceConnection,
  tables: SourceFacts['tables'],
  { config, allowsBinary }: SessionOptions,
): Promise<boolean> =>
  config.binaryValues === 'auto' &&
  allowsBinary &&
  (await allInBinary(control, tables, modesOf(config)));

/**
 * Runs until `signal` aborts (resolves with 'stopped', drained), there is nothing more to do ('ended') or
 * something breaks (rejects).
 */
export const runSession = async (options: SessionOptions): Promise<'stopped' | 'ended'> => {
  const { clock, config, floods, kafka, logger, metrics, signal, state } = options;
  const slotName = slotNameOf(config.source);
  const publications = publicationWish(config, slotName);
  const positions = createPositionLog(kafka, config.source);
  const stateLog = createStateLog(kafka, config.source);
  const { connect, close: disconnect } = createSessionConnections(config);

  state('connecting to PostgreSQL');
  const control = await connectControl(config);
  const { producer, reopen } = createSessionProducer(kafka, config, options.contracts);
  try {
    await takeSource({ control, slotName, clock, signal, logger, waiting: state });
    const patterns = tablePatterns(config, options.contracts);
    const slot = await readSlot(control, slotName);
    const facts = await checkSource(
      ...([control, patterns, publications, config.partitions, logger] as const),
      laterTables(config, slot !== undefined),
    );
    const wanted = await checkWishes(control, facts, options);
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
    const mode = config.snapshotMode;
    const isDone = isSnapshotDone(remembered);
    const { systemId, walLsn } = facts;
    const restored = restorePosition(stored, slot, systemId, mode, isDone, walLsn);
    if (restored.next === 'end') return 'ended';

    const snapshot = async (dropsSlot: boolean): Promise<Position | undefined> => {
      if (stored !== undefined)
        await forgetCapture({ producer, positions, state: stateLog, remembered });
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
    // what the snapshot has written last is hidden at first: without it tables would be read once more
    await producer.settle();
    const isBinary = await readsBinary(control, facts.tables, options);
    const reader = await connect('reader', false);
    await streamChanges({
      transactionTopic: config.transactionMetadata
        ? await outputs.prepareTransactionTopic()
        : undefined,
      runningAtStart: new Set(await runningTransactions(control)),
      ...{ notify, signalTopic: signalTopicOf(config, { clock, kafka, logger }) },
      ...{ reader, isBinary, patterns, stateLog, floods, remembered: await stateLog.read() },
      hasSnapshot: restored.next === 'snapshot',
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
