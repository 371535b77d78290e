import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/**
 * A proxy of one Kafka broker that knows requests from answers, so that a test can say "the second
 * EndTxn is carried out but its answer is lost". It stands in for faults that a broker shows only under
 * failures that cannot be timed; what it does not touch, the real broker answers. For tests only.
 */
export interface KafkaRequest {
  readonly apiKey: number;
  readonly correlationId: number;
  /** After the request header. */
  readonly body: Buffer;
  answered: boolean;
}

export interface KafkaFaultProxy {
  /** For `KafkaConnection.brokers`. */
  readonly brokers: readonly string[];
  /** Every request of these APIs so far, oldest first. */
  requests(...apiKeys: readonly number[]): readonly KafkaRequest[];
  /** The next `times` requests are not passed on; this is the answer to them. */
  answerInstead(apiKey: number, answer: (body: Buffer) => Buffer, times?: number): void;
  /** The next `times` requests are not passed on; the connection breaks. */
  loseRequest(apiKey: number, times?: number): void;
  /** The next `times` requests are carried out; the connection breaks in place of their answers. */
  loseAnswer(apiKey: number, times?: number): void;
  /** The next `times` requests are carried out; their answers are changed. */
  rewriteAnswer(apiKey: number, change: (body: Buffer) => Buffer, times?: number): void;
  /** The next `times` requests are changed, after their header, before they are passed on. */
  rewriteRequest(apiKey: number, change: (body: Buffer) => Buffer, times?: number): void;
  /** Keeps requests of this API back until the function returned is called. */
  hold(apiKey: number): () => void;
  /** Keeps answers to this API back, after the broker did the work, until the function returned is called. */
  holdAnswers(apiKey: number): () => void;
  /**
   * From here on the end of a transaction is answered at once and carried out so much later, as by a broker that is slow to
   * write its markers: until then nobody sees what was committed, and what else the coordinator is asked waits.
   */
  lateMarkers(delayMs: number): void;
  /** Forgets the faults that have not happened yet. */
  clear(): void;
  close(): Promise<void>;
}

export const kafkaApi = {
  produce: 0,
  fetch: 1,
  metadata: 3,
  offsetCommit: 8,
  offsetFetch: 9,
  findCoordinator: 10,
  joinGroup: 11,
  heartbeat: 12,
  leaveGroup: 13,
  initProducerId: 22,
  addPartitionsToTxn: 24,
  addOffsetsToTxn: 25,
  endTxn: 26,
  txnOffsetCommit: 28,
  incrementalAlterConfigs: 44,
} as const;

type Fault =
  | { readonly kind: 'answer'; readonly answer: (body: Buffer) => Buffer }
  | { readonly kind: 'lose request' }
  | { readonly kind: 'lose' }
  | { readonly kind: 'answered'; carriedOut(): void }
  | { readonly kind: 'rewrite'; readonly change: (body: Buffer) => Buffer }
  | { readonly kind: 'rewrite request'; readonly change: (body: Buffer) => Buffer };

/** What the coordinator of a transaction refuses, to be asked again, until the markers of the one before are written. */
const waitsForMarkers: ReadonlySet<number> = new Set([
  kafkaApi.initProducerId,
  kafkaApi.addPartitionsToTxn,
  kafkaApi.addOffsetsToTxn,
  kafkaApi.endTxn,
]);
/** Of EndTxn: no throttle time, no error. */
const ENDED = Buffer.alloc(6);

/** Requests to the coordinator in their order: each end of a transaction holds up what comes behind it, the same end said again, too. */
const createLateMarkers = () => {
  const waiting: (() => void)[] = [];
  let delayMs: number | undefined;
  let isHeldUp = false;
  const goOn = (): void => {
    isHeldUp = false;
    for (const pass of waiting.splice(0)) pass();
  };
  return {
    set: (ms: number) => {
      delayMs = ms;
    },
    /** Whether the request is passed on later; the end of a transaction is answered now and then ended, anything else passed. */
    takes: (
      apiKey: number,
      { answer, end, pass }: { answer(): void; end(carriedOut: () => void): void; pass(): void },
    ): boolean => {
      if (delayMs === undefined || !waitsForMarkers.has(apiKey)) return false;
      if (isHeldUp) {
        waiting.push(pass);
        return true;
      }
      if (apiKey !== kafkaApi.endTxn) return false;
      isHeldUp = true;
      answer();
      setTimeout(() => end(goOn), delayMs);
      return true;
    },
  };
};

/** Calls `take` with every whole frame, without its length. */
const readFrames = (socket: Socket, take: (frame: Buffer) => void) => {
  let chunks: Buffer[] = [];
  let buffered = 0;
  let needed = 4;
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    buffered += chunk.length;
    while (buffered >= needed) {
      const rest = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
      const end = 4 + rest.readInt32BE(0);
      const whole = buffered >= end;
      chunks = [whole ? rest.subarray(end) : rest];
      buffered = chunks[0]!.length;
      needed = whole ? 4 : end;
      if (whole) take(rest.subarray(4, end));
    }
  });
};

const writeFrame = (socket: Socket, correlationId: number, body: Buffer) => {
  const head = Buffer.alloc(8);
  head.writeInt32BE(body.length + 4, 0);
  head.writeInt32BE(correlationId, 4);
  if (socket.writable) socket.write(Buffer.concat([head, body]));
};

/** Puts the proxy's port in place of the broker's in what clients learn about brokers. */
const redirect = (apiKey: number, body: Buffer, port: number): Buffer => {
  if (apiKey === kafkaApi.metadata) {
    let at = 5; // tags of the header, throttle time
    const varint = (): number => {
      let value = 0;
      for (let shift = 0; ; shift += 7) {
        const byte = body.readUInt8(at++);
        value += (byte & 0x7f) * 2 ** shift;
        if (byte < 0x80) return value;
      }
    };
    const skipString = () => {
      const length = Math.max(varint() - 1, 0);
      at += length;
    };
    for (let left = varint() - 1; left > 0; left -= 1) {
      at += 4; // node id
      skipString(); // host
      body.writeInt32BE(port, at);
      at += 4;
      skipString(); // rack
      at += 1; // no tags
    }
  }
  if (apiKey === kafkaApi.findCoordinator && body.readInt16BE(4) === 0) {
    let at = 6; // throttle time, error code
    at += 2 + Math.max(body.readInt16BE(at), 0); // error message
    at += 4; // node id
    at += 2 + body.readInt16BE(at); // host
    body.writeInt32BE(port, at);
  }
  return body;
};

const holdIn = (held: Map<number, (() => void)[]>, apiKey: number): (() => void) => {
  const waiting: (() => void)[] = [];
  held.set(apiKey, waiting);
  return () => {
    held.delete(apiKey);
    for (const pass of waiting) pass();
  };
};

/** Starts a proxy of the first of these brokers on a free port of 127.0.0.1. */
export const startKafkaFaultProxy = async (brokers: string): Promise<KafkaFaultProxy> => {
  const [host, port] = brokers.split(',')[0]!.split(':') as [string, string];
  const faults = new Map<number, Fault[]>();
  const seen: KafkaRequest[] = [];
  const held = new Map<number, (() => void)[]>();
  const heldAnswers = new Map<number, (() => void)[]>();
  const late = createLateMarkers();
  const sockets = new Set<Socket>();
  const ownPort = () => (server.address() as AddressInfo).port;

  const serve = (client: Socket) => {
    const broker = connect({ host, port: Number(port) });
    const open = new Map<number, { request: KafkaRequest; fault: Fault | undefined }>();
    for (const [socket, other] of [
      [client, broker],
      [broker, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    readFrames(client, (frame) => {
      const apiKey = frame.readInt16BE(0);
      const correlationId = frame.readInt32BE(4);
      const body = frame.subarray(10 + Math.max(frame.readInt16BE(8), 0));
      const request = { apiKey, correlationId, body, answered: false };
      seen.push(request);
      const fault = faults.get(apiKey)?.shift();
      if (fault?.kind === 'answer') {
        request.answered = true;
        writeFrame(client, correlationId, fault.answer(body));
        return;
      }
      if (fault?.kind === 'lose request') {
        client.resetAndDestroy();
        return;
      }
      open.set(correlationId, { request, fault });
      const header = frame.subarray(0, frame.length - body.length);
      const passed = fault?.kind === 'rewrite request' ? fault.change(body) : body;
      const pass = () => {
        const head = Buffer.alloc(4);
        head.writeInt32BE(header.length + passed.length, 0);
        if (broker.writable) broker.write(Buffer.concat([head, header, passed]));
      };
      const isLate = late.takes(apiKey, {
        pass,
        answer: () => writeFrame(client, correlationId, ENDED),
        end: (carriedOut) => {
          open.set(correlationId, { request, fault: { kind: 'answered', carriedOut } });
          if (broker.writable) pass();
          else carriedOut();
        },
      });
      if (isLate) return;
      const waiting = held.get(apiKey);
      if (waiting === undefined) pass();
      else waiting.push(pass);
    });
    readFrames(broker, (frame) => {
      const correlationId = frame.readInt32BE(0);
      const { request, fault } = open.get(correlationId)!;
      open.delete(correlationId);
      if (fault?.kind === 'answered') {
        fault.carriedOut();
        return;
      }
      if (fault?.kind === 'lose') {
        client.resetAndDestroy();
        return;
      }
      const body = redirect(request.apiKey, frame.subarray(4), ownPort());
      request.answered = true;
      const pass = () =>
        writeFrame(client, correlationId, fault?.kind === 'rewrite' ? fault.change(body) : body);
      const waiting = heldAnswers.get(request.apiKey);
      if (waiting === undefined) pass();
      else waiting.push(pass);
    });
  };

  const server = createServer(serve);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const plan = (apiKey: number, fault: Fault, times: number) => {
    const planned = faults.get(apiKey) ?? [];
    faults.set(apiKey, planned);
    for (let left = times; left > 0; left -= 1) planned.push(fault);
  };

  return {
    brokers: [`127.0.0.1:${ownPort()}`],
    requests: (...apiKeys) => seen.filter(({ apiKey }) => apiKeys.includes(apiKey)),
    answerInstead: (apiKey, answer, times = 1) => plan(apiKey, { kind: 'answer', answer }, times),
    loseRequest: (apiKey, times = 1) => plan(apiKey, { kind: 'lose request' }, times),
    loseAnswer: (apiKey, times = 1) => plan(apiKey, { kind: 'lose' }, times),
    rewriteAnswer: (apiKey, change, times = 1) => plan(apiKey, { kind: 'rewrite', change }, times),
    rewriteRequest: (apiKey, change, times = 1) =>
      plan(apiKey, { kind: 'rewrite request', change }, times),
    hold: (apiKey) => holdIn(held, apiKey),
    holdAnswers: (apiKey) => holdIn(heldAnswers, apiKey),
    lateMarkers: late.set,
    clear: () => faults.clear(),
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.resetAndDestroy();
      await closed;
    },
  };
};
