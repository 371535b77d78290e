/**
 * The replication connection: pg-logical-replication with its own acknowledgements switched off, and a plugin
 * that takes the copied bytes from the socket itself. Of the library stay the connection and its life; framing,
 * status messages, positions, back-pressure and errors are ours (README.md, "Why the library's acknowledgements
 * are off").
 * Source: PostgreSQL documentation, Streaming Replication Protocol (XLogData, primary keepalive).
 */
import { MillraceError } from '@millrace/contracts';
import { encodeStandbyStatus, formatLsn, ZERO_LSN } from '@millrace/pgoutput';
import type { Clock } from '@millrace/pipeline';
import pg, { type Client, type ClientConfig } from 'pg';
import { LogicalReplicationService } from 'pg-logical-replication';
import { divertCopyData } from './divert-copy-data.ts';
import { sourceError } from './source-error.ts';
import { watchSilence } from './watch-silence.ts';

export interface ReplicationHandlers {
  /** One message of the plugin; `lsn` is its place in the log, a safe integer. A throw ends the stream. */
  message(payload: Buffer, lsn: number): void;
  /** Everything before `walEnd` was sent. */
  keepalive(walEnd: bigint, replyRequested: boolean): void;
}

export interface ReplicationStream {
  /** Stops reading the socket; what was read already is still handed over. */
  pause(): void;
  resume(): void;
  /** Tells the server how far it may forget; 0 only keeps the connection. */
  confirm(lsn: bigint): void;
  /** Confirms, waits (2 s at most) until the server has taken it, and disconnects. */
  stop(lsn: bigint): Promise<void>;
  /** Settles when the connection ends; rejects unless `stop` ended it. */
  readonly finished: Promise<void>;
}

export interface ReplicationOptions {
  readonly connection: ClientConfig;
  readonly slotName: string;
  readonly publications: readonly string[];
  readonly serverVersion: number;
  /** Of the protocol: 1 to 4. From 2 on open transactions are streamed. */
  readonly protocol: number;
  /** Values come in the form of their types' send functions. */
  readonly isBinary: boolean;
  /** The connection counts as lost when nothing came for so long, although a word was asked for; ms. */
  readonly silenceMs: number;
  readonly clock: Clock;
}

const COPY_DATA = 0x64;
const XLOG_DATA = 0x77;
const KEEPALIVE = 0x6b;
/** Behind the type byte of XLogData: start LSN, end LSN, time. */
const XLOG_HEADER_BYTES = 25;
/** server_version_num of the first server that decodes logical messages with pgoutput. */
export const MESSAGES_SINCE = 140_000;
const STREAMING_SINCE = 2;
const STOP_TIMEOUT_MS = 2000;
const HIGH_HALF = 2 ** 32;

const copyDataFrame = (payload: Buffer): Buffer => {
  const frame = Buffer.allocUnsafe(5 + payload.length);
  frame[0] = COPY_DATA;
  frame.writeInt32BE(4 + payload.length, 1);
  payload.copy(frame, 5);
  return frame;
};

const startStatement = (options: ReplicationOptions, lsn: string): string => {
  const publications = options.publications.map(pg.escapeIdentifier).join(',');
  // older servers refuse the option
  const messages = options.serverVersion >= MESSAGES_SINCE ? ", messages 'true'" : '';
  const binary = options.isBinary ? ", binary 'true'" : '';
  const streaming = options.protocol >= STREAMING_SINCE ? ", streaming 'on'" : '';
  return (
    `START_REPLICATION SLOT ${pg.escapeIdentifier(options.slotName)} LOGICAL ${lsn} ` +
    `(proto_version '${options.protocol}', publication_names ${pg.escapeLiteral(publications)}${messages}${streaming}${binary})`
  );
};

/** The highest version that a server of this server_version_num knows. */
export const protocolFor = (serverVersion: number): number => {
  if (serverVersion >= 160_000) return 4;
  if (serverVersion >= 150_000) return 3;
  return serverVersion >= 140_000 ? 2 : 1;
};

/** Resolves when the server streams. Throws as `sourceError`; a slot in use is retryable. */
export const startReplication = async (
  options: ReplicationOptions,
  handlers: ReplicationHandlers,
): Promise<ReplicationStream> => {
  const service = new LogicalReplicationService(options.connection, {
    acknowledge: { auto: false, timeoutSeconds: 0 },
  });
  const started = Promise.withResolvers<void>();
  const finished = Promise.withResolvers<void>();
  finished.promise.catch(() => undefined);
  let client: Client | undefined;
  let stopping = false;
  let broken = false;
  let keepaliveSeen: (() => void) | undefined;

  const fail = (error: unknown): void => {
    const reason = sourceError(error, 'replication');
    started.reject(reason);
    if (stopping) finished.resolve();
    else finished.reject(reason);
  };

  const handOver = (bytes: Buffer, start: number, end: number): void => {
    const type = bytes[start];
    if (type === XLOG_DATA) {
      const lsn = bytes.readUInt32BE(start + 1) * HIGH_HALF + bytes.readUInt32BE(start + 5);
      handlers.message(bytes.subarray(start + XLOG_HEADER_BYTES, end), lsn);
    } else if (type === KEEPALIVE) {
      handlers.keepalive(bytes.readBigUInt64BE(start + 1), bytes[start + 17] === 1);
    }
  };

  const onCopyData = (bytes: Buffer, start: number, end: number): void => {
    silence.heard();
    if (bytes[start] === KEEPALIVE) keepaliveSeen?.();
    // behind a message that was not taken none may be taken: it would count as written
    if (stopping || broken) return;
    try {
      handOver(bytes, start, end);
    } catch (error) {
      broken = true;
      finished.reject(error);
      client?.connection.stream.pause();
    }
  };

  const plugin = {
    name: 'pgoutput',
    options: {},
    start: (connected: Client, _slotName: string, lsn: string): Promise<unknown> => {
      client = connected;
      divertCopyData(connected.connection.stream, onCopyData);
      connected.connection.once('replicationStart', () => started.resolve());
      return connected.query(startStatement(options, lsn));
    },
    // nothing reaches the library: the copied bytes are diverted
    parse: (): void => undefined,
  };

  const send = (lsn: bigint, replyRequested: boolean): void => {
    const stream = client?.connection.stream;
    if (stream?.writable !== true) return;
    stream.write(copyDataFrame(encodeStandbyStatus(lsn, options.clock.nowMs(), replyRequested)));
  };

  const silence = watchSilence({
    ...{ clock: options.clock, limitMs: options.silenceMs },
    // 0 confirms nothing
    ask: () => send(0n, true),
    lost: () => {
      fail(new Error(`nothing came from PostgreSQL for ${options.silenceMs} ms`));
      client?.connection.stream.destroy();
    },
  });

  service.on('error', fail);
  // '0/0' makes the server begin at the slot's confirmed position, whatever this process has seen before
  service.subscribe(plugin, options.slotName, formatLsn(ZERO_LSN)).then(
    () => fail(new Error('the server ended the stream')),
    (error: unknown) => fail(error),
  );

  const stop = async (lsn: bigint): Promise<void> => {
    stopping = true;
    silence.stop();
    const answered = new Promise<void>((resolve) => {
      keepaliveSeen = resolve;
      finished.promise.then(resolve, () => resolve());
      setTimeout(resolve, STOP_TIMEOUT_MS).unref();
    });
    client?.connection.stream.resume();
    send(lsn, true);
    await answered;
    await service.destroy().catch(() => undefined);
    finished.resolve();
  };

  try {
    await started.promise;
  } catch (error) {
    stopping = true;
    silence.stop();
    await service.destroy().catch(() => undefined);
    throw error instanceof MillraceError ? error : sourceError(error, 'replication');
  }
  return {
    pause: () => {
      silence.suspend();
      client?.connection.stream.pause();
    },
    resume: () => {
      silence.resume();
      client?.connection.stream.resume();
    },
    confirm: (lsn) => send(lsn, false),
    stop,
    finished: finished.promise,
  };
};
