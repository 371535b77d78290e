import { createRequire } from 'node:module';
import net from 'node:net';
import tls from 'node:tls';
import { createFrameReader } from '../wire/frame-reader.ts';

/**
 * The only place that loads kafkajs. Of it we use what is sound: its `Connection` (TCP, TLS, SASL, request
 * queue, time-outs). What loses, repeats or delays records is not patched but left out: our producer,
 * transactions, group membership and fetching speak the protocol themselves (README, traps T1-T23). Three
 * modules are replaced before anything of kafkajs is loaded:
 *
 *   network/requestQueue   re-arms a 1 ms timer for ever on every connection, 5 % of a core when idle (T10);
 *                          the substitute arms it only while requests wait.
 *   network/connection     joins and keeps the pieces of an answer; a subclass puts each together once.
 *   protocol/request       copies every request twice through doubling, zero-filled buffers; the substitute
 *                          writes the frame once.
 *
 * All hang on the internals of one version, so another version is refused.
 */
const VERSION = '2.2.4';

const require = createRequire(import.meta.url);

/** What kafkajs calls a request: see `exchange.ts` for the typed side. */
export interface WireRequest {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly apiName: string;
  encode(): Promise<{ readonly buffer: Buffer }>;
}

export interface WireExchange {
  readonly request: WireRequest;
  readonly response: {
    decode(
      payload: Buffer,
    ): Promise<{ readonly clientSideThrottleTime: number; readonly body: unknown }>;
    parse(decoded: { readonly body: unknown }): Promise<unknown>;
  };
  readonly requestTimeout?: number;
  readonly logResponseError?: boolean;
}

/** kafkajs's `Connection`: one socket and its request queue. */
export interface WireConnection {
  readonly socket?: { destroy(error?: Error): void; readonly localAddress?: string };
  /** Ms, a Long of kafkajs's; 0 without an end. Known when authenticated. */
  readonly sessionLifetime: { toNumber(): number };
  connect(): Promise<unknown>;
  setVersions(versions: VersionRanges): void;
  setSupportAuthenticationProtocol(supported: boolean): void;
  authenticate(): Promise<void>;
  isConnected(): boolean;
  send(exchange: WireExchange): Promise<unknown>;
  rejectRequests(error: Error): void;
  disconnect(): Promise<unknown>;
}

export type VersionRanges = Readonly<
  Record<number, { readonly minVersion: number; readonly maxVersion: number }>
>;

type WireLog = (message: string, extra?: Record<string, unknown>) => void;

export interface WireLogger {
  namespace(): WireLogger;
  readonly debug: WireLog;
  readonly info: WireLog;
  readonly warn: WireLog;
  readonly error: WireLog;
}

export interface WireConnectionOptions {
  readonly host: string;
  readonly port: number;
  readonly logger: WireLogger;
  readonly ssl: object | null;
  readonly sasl: object | null;
  readonly clientId: string;
  readonly connectionTimeout: number;
  readonly requestTimeout: number;
  /** Left of a session when kafkajs would authenticate anew on the same connection, ms. */
  readonly reauthenticationThreshold: number;
}

interface RequestQueueInstance {
  readonly pending: readonly unknown[];
  readonly inflight: ReadonlyMap<number, SentRequest>;
  readonly enforceRequestTimeout: boolean;
  requestTimeoutIntervalId: NodeJS.Timeout | undefined;
  isConnected(): boolean;
  destroy(): void;
}

interface SentRequest {
  /** Of `Date.now()`. */
  readonly sentAt: number;
  readonly requestTimeout: number;
  timeoutRequest(): void;
}

type RequestQueueClass = new (
  ...options: never[]
) => RequestQueueInstance & {
  scheduleCheckPendingRequests(): void;
  scheduleRequestTimeoutCheck(): void;
};

const version: unknown = require('kafkajs/package.json').version;
if (version !== VERSION) {
  throw new Error(
    `@millrace/kafka replaces internals of kafkajs ${VERSION}, found ${String(version)}`,
  );
}

/** Makes later `require`s of a kafkajs module answer with `substitute`. */
const substituteModule = (path: string, substitute: (original: unknown) => unknown) => {
  const id = require.resolve(path);
  const original: unknown = require(id);
  require.cache[id]!.exports = substitute(original);
};

const TIMEOUT_CHECK_MS = 1_000;

substituteModule('kafkajs/src/network/requestQueue/index.js', (original) => {
  const RequestQueue = original as RequestQueueClass;
  return class extends RequestQueue {
    override scheduleCheckPendingRequests() {
      if (this.pending.length > 0) super.scheduleCheckPendingRequests();
    }

    /** kafkajs looks ten times a second; a request may take 30 s, and a process that mostly waits wakes for nothing else. */
    override scheduleRequestTimeoutCheck() {
      if (!this.enforceRequestTimeout) return;
      this.destroy();
      this.requestTimeoutIntervalId = setInterval(() => {
        const now = Date.now();
        for (const request of this.inflight.values())
          if (now - request.sentAt > request.requestTimeout) request.timeoutRequest();
        if (!this.isConnected()) this.destroy();
      }, TIMEOUT_CHECK_MS);
    }
  };
});

interface FrameParts {
  readonly correlationId: number;
  readonly clientId: string;
  readonly request: WireRequest;
}

substituteModule('kafkajs/src/protocol/request.js', () => {
  return async ({ correlationId, clientId, request }: FrameParts) => {
    const body = (await request.encode()).buffer;
    const headerBytes = 14 + Buffer.byteLength(clientId);
    const buffer = Buffer.allocUnsafe(headerBytes + body.length);
    buffer.writeInt32BE(buffer.length - 4, 0);
    buffer.writeInt16BE(request.apiKey, 4);
    buffer.writeInt16BE(request.apiVersion, 6);
    buffer.writeInt32BE(correlationId, 8);
    buffer.writeInt16BE(headerBytes - 14, 12);
    buffer.write(clientId, 14, 'utf8');
    buffer.set(body, headerBytes);
    return { buffer };
  };
});

interface KafkajsConnection extends WireConnection {
  /** Set while SASL speaks, which has no answers of the protocol's form. */
  readonly authHandlers: unknown;
  readonly requestQueue: {
    fulfillRequest(answer: {
      readonly size: number;
      readonly correlationId: number;
      readonly payload: Buffer;
    }): void;
  };
  processData(chunk: Buffer): void;
}

const Connection = require('kafkajs/src/network/connection.js') as new (
  options: WireConnectionOptions & { readonly socketFactory: unknown },
) => KafkajsConnection;

const CORRELATION_ID_BYTES = 4;

/**
 * kafkajs joins the pieces of an answer into one buffer and keeps that until the next answer has come: 4 MB a
 * connection, and twice the memory traffic of a fetch. Here each answer is put together once.
 */
class FramedConnection extends Connection {
  readonly #read = createFrameReader((frame) => {
    this.requestQueue.fulfillRequest({
      size: frame.length,
      correlationId: frame.readInt32BE(0),
      payload: frame.subarray(CORRELATION_ID_BYTES),
    });
  });

  override processData(chunk: Buffer): void {
    if (this.authHandlers) {
      // kafkajs keeps what it gets, and the socket uses its buffer again.
      super.processData(Buffer.from(chunk));
      return;
    }
    try {
      this.#read(chunk);
    } catch (error) {
      this.socket?.destroy(error as Error);
    }
  }
}

interface SocketAddress {
  readonly host: string;
  readonly port: number;
  readonly ssl: object | null;
  readonly onConnect: () => void;
}

const KEEP_ALIVE_DELAY_MS = 60_000;
const READ_BYTES = 128 * 1024;

/** One buffer for all that arrives, in place of a new one for every read: a reader copies what it keeps. */
const readIntoOneBuffer = (emit: (chunk: Buffer) => void): net.OnReadOpts => ({
  buffer: Buffer.allocUnsafeSlow(READ_BYTES),
  callback: (bytes, buffer) => {
    emit((buffer as Buffer).subarray(0, bytes));
    return true;
  },
});

/** As kafkajs's own, but without Nagle's delay, which holds back the last segment of a large request. */
const openSocket = ({ host, port, ssl, onConnect }: SocketAddress): net.Socket => {
  const onread = readIntoOneBuffer((chunk) => socket.emit('data', chunk));
  const socket: net.Socket =
    ssl === null
      ? net.connect({ host, port, onread }, onConnect)
      : tls.connect(
          { ...ssl, host, port, ...(net.isIP(host) === 0 && { servername: host }) },
          onConnect,
        );
  return socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_DELAY_MS);
};

/** One connection, not yet opened. kafkajs keeps half-read bytes when it reconnects, so use each once. */
export const createWireConnection = (options: WireConnectionOptions): WireConnection =>
  new FramedConnection({ ...options, socketFactory: openSocket });

interface ProtocolErrorRow {
  readonly code: number;
  readonly type: string;
  readonly message: string;
}

/** Kafka's error codes by number, as kafkajs lists them. */
export const protocolErrorRows = require('kafkajs/src/protocol/error.js')
  .errorCodes as readonly ProtocolErrorRow[];
