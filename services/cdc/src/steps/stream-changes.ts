/**
 * The stream from a position until it is stopped or breaks: wires receiving, batching, writing and confirming
 * together, and holds the socket while too much waits. The connection stays answered meanwhile: status goes
 * out by the clock, whether anything is read or not.
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FloodControl } from '@millrace/dead-letters';
import type { TransactionalProducer } from '@millrace/kafka';
import type { Clock, Logger } from '@millrace/pipeline';
import { createAcknowledgement } from '../acknowledgement.ts';
import { createBatcher } from '../batcher.ts';
import { createStreamGate, type GateOptions, type StreamGate } from '../blocking/stream-gate.ts';
import type { ChangeBatch } from '../change-batch.ts';
import { type CdcConfig, modesOf } from '../config.ts';
import { holdFloods } from '../dead/hold-floods.ts';
import { createDeliveredTransactions } from '../delivered-transactions.ts';
import { createHold, type Hold } from '../hold.ts';
import { createBesideStream } from '../incremental/beside-stream.ts';
import { createMessageRecords } from '../messages/message-records.ts';
import type { CdcMetrics } from '../metrics.ts';
import type { Notify } from '../notifications/notification.ts';
import type { Outputs } from '../outputs.ts';
import { createPatientOutputs, type Patience } from '../patient-outputs.ts';
import type { Position } from '../position.ts';
import type { PositionLog } from '../position-log.ts';
import { createPrepareRelation } from '../prepare-relation.ts';
import { createRereadUnchanged } from '../reread/reread-unchanged.ts';
import { createIncompatibleTables } from '../schemas/incompatible-tables.ts';
import type { SignalTopic } from '../signals/signal-topic.ts';
import type { TableName } from '../source/catalog.ts';
import { createHeartbeat } from '../source/heartbeat.ts';
import { observeSource } from '../source/observe-source.ts';
import type { PublicationWish } from '../source/publication.ts';
import { createRememberedShapes, rememberNewTables } from '../source/remembered-shapes.ts';
import {
  MESSAGES_SINCE,
  protocolFor,
  type ReplicationStream,
  startReplication,
} from '../source/replication-stream.ts';
import { sessionConfig } from '../source/session-settings.ts';
import { connectSource, type SourceConnection } from '../source/source-connection.ts';
import type { StateLog } from '../state-log.ts';
import {
  createTransactionMetadata,
  type TransactionTopic,
} from '../transactions/transaction-metadata.ts';
import type { SourceFacts } from './check-source.ts';
import { type CommitOptions, createCommitPatiently } from './commit-patiently.ts';
import type { EncodeChange } from './encode-change.ts';
import { createReceiveChanges, type Mark } from './receive-changes.ts';
import { createWriteBatch } from './write-batch.ts';

export interface StreamOptions {
  readonly config: CdcConfig;
  readonly control: SourceConnection;
  /** Tables are read on it beside the stream. */
  readonly reader: SourceConnection;
  readonly patterns: readonly string[];
  readonly signalTopic: SignalTopic | undefined;
  readonly notify: Notify;
  readonly stateLog: StateLog;
  /** Transactions that ran before the stream began. */
  readonly runningAtStart: ReadonlySet<number>;
  /** Facts of the state log. */
  readonly remembered: ReadonlyMap<string, Buffer>;
  /** The session began with a snapshot, so none of its tables is to be read at this start. */
  readonly hasSnapshot: boolean;
  readonly facts: SourceFacts;
  /** Where transaction metadata goes; undefined when nobody asked for it. */
  readonly transactionTopic: TransactionTopic | undefined;
  /** Every captured column is known in binary. */
  readonly isBinary: boolean;
  readonly outputs: Outputs;
  readonly slotName: string;
  readonly publications: PublicationWish;
  readonly producer: TransactionalProducer;
  /** Another producer in its place, once it is fenced. */
  reopen(): TransactionalProducer;
  readonly positions: PositionLog;
  readonly position: Position;
  readonly encodeChange: EncodeChange;
  readonly floods: FloodControl;
  readonly metrics: CdcMetrics;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  state(reason: string | undefined): void;
}

/**
 * Status this often, and three times within the server's patience. Where nothing captured is written, it is what
 * frees the log that others write: keepalives seldom ask for an answer.
 */
const STATUS_INTERVAL_MS = 1000;
const statusInterval = (silenceMs: number): number =>
  Math.max(Math.min(STATUS_INTERVAL_MS, silenceMs / 3), 100);

/** A snapshot that the session began with is this start's own. */
const readsAllOf = ({ config, hasSnapshot }: StreamOptions): boolean =>
  config.snapshotMode === 'always' && !hasSnapshot;

/** server_version_num of the first server that lets a session set its wal_sender_timeout. */
const OWN_TIMEOUT_SINCE = 120_000;

/** How long the server waits for a word of ours: its own limit, if that is shorter. */
const silenceOf = ({ config, facts }: StreamOptions): number =>
  facts.walSenderTimeoutMs === 0
    ? config.silenceTimeoutMs
    : Math.min(config.silenceTimeoutMs, facts.walSenderTimeoutMs);

/** The version asked for, or the highest that the server knows. */
const protocolOf = ({ config, facts }: StreamOptions): number =>
  config.protocol === 'auto' ? protocolFor(facts.serverVersion) : Number(config.protocol);

const spoolOf = ({ config, slotName }: StreamOptions) => ({
  directory: join(config.spoolDir === '' ? tmpdir() : config.spoolDir, `millrace-cdc-${slotName}`),
  bytesMax: config.spoolBytesMax,
});

/** While Kafka or the registry is away the session goes on, not ready, until they are back or it ends. */
const patienceOf = ({ clock, logger, signal, state }: StreamOptions, ended: AbortSignal) => ({
  ...{ clock, logger, signal: AbortSignal.any([signal, ended]) },
  waiting: (reason: string | undefined) =>
    state(reason === undefined ? undefined : `waiting: ${reason}`),
});

const committingOf = (options: StreamOptions, patience: Patience): CommitOptions => ({
  ...{ producer: options.producer, reopen: options.reopen, positions: options.positions },
  ...{ position: options.position, ...patience },
  // a session that answers still holds its lock
  isStillOurs: () =>
    options.control.query('select 1').then(
      () => true,
      () => false,
    ),
});

const heldCommitOf = (options: StreamOptions, patience: Patience) =>
  holdFloods(
    createCommitPatiently(committingOf(options, patience)),
    options.floods,
    patience,
    options.metrics.heldAsFlood,
  );

const messagesOf = ({ config, outputs }: StreamOptions) =>
  createMessageRecords({
    ...{ include: config.messagesInclude, exclude: config.messagesExclude },
    recordBytesMax: config.recordBytesMax,
    prepareTopic: outputs.prepareMessageTopic,
  });

/** What the state log keeps of tables: their shapes as they were, and which shapes readers cannot take. */
const memoryOf = (
  { logger, metrics, remembered, stateLog }: StreamOptions,
  open: () => ChangeBatch,
  readAnew: (table: TableName) => void,
) => {
  /** With the rows that follow. */
  const note = (fact: string, value: Buffer | null): void => {
    const { partition, records, topic } = stateLog.recordOf(fact, value);
    for (const record of records) open().add(topic, partition, record);
  };
  const changed = metrics.incompatibleTables;
  return {
    remembered: createRememberedShapes(remembered, note),
    incompatible: createIncompatibleTables({ remembered, note, readAnew, changed, logger }),
  };
};

const gateOf = (hold: Hold, failed: GateOptions['failed'], pass: GateOptions['pass']): StreamGate =>
  createStreamGate({ failed, pass, holding: (held) => hold.set('gate', held) });

const rereadingOf = ({ clock, config }: StreamOptions, signal: AbortSignal) =>
  createRereadUnchanged({
    connect: () => connectSource(config.postgresUrl, config.source, 'reread'),
    recordBytesMax: config.recordBytesMax,
    ...{ clock, signal },
  });

/** Reading and writing wired together, not started yet. */
const wire = (options: StreamOptions, broken: (error: unknown) => void, confirm: () => void) => {
  const { clock, config, control, metrics } = options;
  const acknowledgement = createAcknowledgement();
  const hold = createHold();
  const ended = new AbortController();
  const patience = patienceOf(options, ended.signal);
  const outputs = createPatientOutputs(options.outputs, patience);
  const rereading = rereadingOf(options, ended.signal);
  const batcher = createBatcher<Mark>({
    ...{ recordsMax: config.batchRecordsMax, bytesMax: config.batchBytesMax },
    waitingBytesMax: config.waitingBytesMax,
    ...{ clock, intervalMs: config.transactionIntervalMs },
    write: createWriteBatch(
      ...([heldCommitOf(options, patience), metrics, clock.nowMs] as const),
      ...([rereading.reread, outputs.partitionsOf] as const),
    ),
    written: (mark, idle) => {
      acknowledgement.delivered(mark.confirmLsn);
      if (idle) acknowledgement.idle();
      confirm();
    },
    pressure: (high) => hold.set('pressure', high),
    failed: broken,
  });
  const delivered = createDeliveredTransactions();
  const gate = gateOf(hold, broken, (payload, lsn) => receive.message(payload, lsn));
  const memory = memoryOf(
    options,
    () => batcher.open,
    (table) => beside.readAnew(table),
  );
  const beside = createBesideStream({
    ...{ config, control, delivered, outputs, metrics, clock, failed: broken },
    ...{ reader: options.reader, slotName: options.slotName, publications: options.publications },
    ...{ notify: options.notify, signalTopic: options.signalTopic },
    ...{ patterns: options.patterns, tables: options.facts.tables, logger: options.logger },
    ...{ remembered: options.remembered, state: options.stateLog, readsAll: readsAllOf(options) },
    ...{ runningAtStart: options.runningAtStart, encodeChange: options.encodeChange },
    ...{ producer: options.producer, gate },
    // what passed the gate may still wait for a shape, or for room
    settled: () => hold.freeOf('receive').then(() => batcher.drain(receive.mark)),
    output: {
      get open() {
        return batcher.open;
      },
      added: () => {
        batcher.added(receive.mark);
        batcher.committed(receive.mark);
      },
    },
  });
  const heartbeat = createHeartbeat({
    ...{ source: config.source, control, intervalMs: config.heartbeatMs, metrics },
    nowMs: clock.nowMs,
  });
  const receive = createReceiveChanges({
    ...{ acknowledgement, batcher, delivered, metrics, position: options.position },
    encodeChange: options.encodeChange,
    prepareRelation: createPrepareRelation({
      ...{ ...memory, control, clock, beside, outputs, modes: modesOf(config) },
      isBinary: options.isBinary,
      drained: () => batcher.drain(receive.mark),
    }),
    holding: (held) => hold.set('receive', held),
    room: () => hold.freeOf('pressure'),
    spool: protocolOf(options) === 1 ? undefined : spoolOf(options),
    ...{ failed: broken, emitTruncate: config.truncate === 'emit' },
    listeners: [...beside.listeners, heartbeat.listener],
    messages: messagesOf(options),
    transactions:
      options.transactionTopic === undefined
        ? undefined
        : createTransactionMetadata(options.transactionTopic),
    logger: options.logger,
    nowMs: clock.nowMs,
  });
  const end = async (): Promise<void> => {
    ended.abort();
    heartbeat.stop();
    receive.close();
    await rereading.close();
  };
  return { acknowledgement, batcher, beside, end, gate, heartbeat, hold, memory, receive };
};

/** Resolves when `signal` aborted and all that was received is written and confirmed. */
export const streamChanges = async (options: StreamOptions): Promise<void> => {
  const { clock, config, control, metrics, signal } = options;
  const broken = Promise.withResolvers<never>();
  broken.promise.catch(() => undefined);
  let stream: ReplicationStream | undefined;
  const confirm = (): void => stream?.confirm(acknowledgement.confirmedLsn);
  const wired = wire(options, broken.reject, confirm);
  const { acknowledgement, batcher, beside, gate, hold, receive } = wired;
  // what the catalog says now, in case that it is gone when a row that speaks of it comes
  await rememberNewTables(control, wired.memory.remembered, options.facts.tables);
  batcher.committed(receive.mark);

  const silenceMs = silenceOf(options);
  stream = await startReplication(
    {
      connection: sessionConfig(
        ...([config.postgresUrl, config.source, 'stream'] as const),
        options.facts.serverVersion >= OWN_TIMEOUT_SINCE ? [`wal_sender_timeout=${silenceMs}`] : [],
      ),
      silenceMs: 2 * silenceMs,
      slotName: options.slotName,
      publications: Object.values(options.publications.names),
      serverVersion: options.facts.serverVersion,
      protocol: protocolOf(options),
      isBinary: options.isBinary,
      clock,
    },
    {
      message: gate.message,
      keepalive: (walEnd, replyRequested) => {
        // with messages in front of the gate the server's position is ahead of ours
        if (!gate.isReached) receive.keepalive(walEnd);
        if (replyRequested) confirm();
      },
    },
  );
  hold.attach(stream);
  options.state(undefined);
  beside.start();
  if (options.facts.serverVersion >= MESSAGES_SINCE) wired.heartbeat.start();
  const status = setInterval(confirm, statusInterval(silenceMs));
  const waitingBytes = () => ({ memory: batcher.waitingBytes, disk: receive.spoolBytes });
  const observer = observeSource({
    ...{ control, slotName: options.slotName, waitingBytes, metrics },
    ...{ logger: options.logger, nowMs: clock.nowMs },
  });
  const stopAsked = Promise.withResolvers<void>();
  const onAbort = (): void => stopAsked.resolve();
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    await Promise.race([stopAsked.promise, broken.promise, stream.finished, control.lost]);
    beside.stop();
    receive.close();
    hold.set('stopping', true);
    await Promise.race([batcher.drain(receive.mark), broken.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    clearInterval(status);
    observer.stop();
    beside.stop();
    await beside.finished();
    await wired.end();
    await stream.stop(acknowledgement.confirmedLsn);
  }
};
