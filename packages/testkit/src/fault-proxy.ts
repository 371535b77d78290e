/**
 * A TCP proxy of one server that breaks on demand: the connection cut, frozen or slowed, or the answers lost while the
 * requests arrive, which is how "it was stored, but nobody was told" looks to a client. Knows no protocol, except
 * that it can put its own port in place of the server's where a Kafka broker advertises itself.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { createPortRewriter } from './port-rewriter.ts';

export interface FaultProxyOptions {
  /** `host:port`, or a URL whose host and port are taken. */
  readonly target: string;
  /**
   * For a Kafka broker that advertises 127.0.0.1: its port in answers becomes the proxy's, so that clients stay behind
   * the proxy after their first connection.
   */
  readonly rewriteAdvertisedPort?: boolean;
}

export interface FaultProxy {
  readonly port: number;
  /** `127.0.0.1:port` */
  readonly address: string;
  /** The target, when it was a URL, with the proxy's host and port in it. */
  readonly url: string;
  /** Resets open connections and refuses new ones. */
  cut(): void;
  /** Keeps connections open and passes nothing in either direction. */
  stall(): void;
  /** Passes every piece this much later, in both directions. */
  delay(durationMs: number): void;
  /** Passes requests and throws the answers away. */
  dropResponses(): void;
  /** Back to passing everything; what was stalled arrives now, what was dropped does not. */
  restore(): void;
  /** Connections open now. */
  connections(): number;
  /** Bytes that came from the target and were thrown away: the target has answered. */
  droppedBytes(): number;
  close(): Promise<void>;
}

type Mode = 'pass' | 'cut' | 'stall' | 'drop-responses';

interface Target {
  readonly host: string;
  readonly port: number;
  urlFor(port: number): string;
}

function parseTarget(target: string): Target {
  if (!target.includes('://')) {
    const at = target.lastIndexOf(':');
    const urlFor = (port: number) => `127.0.0.1:${port}`;
    return { host: target.slice(0, at), port: Number(target.slice(at + 1)), urlFor };
  }
  const url = new URL(target);
  return {
    host: url.hostname,
    port: Number(url.port),
    urlFor: (port) => {
      const through = new URL(target);
      through.hostname = '127.0.0.1';
      through.port = String(port);
      return through.href;
    },
  };
}

/** Starts a proxy on a free port of 127.0.0.1. */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const target = parseTarget(options.target);
  let mode: Mode = 'pass';
  let delayMs = 0;
  let droppedBytes = 0;
  const sockets = new Set<Socket>();
  const resume = new Set<() => void>();

  /** Copies one direction, piece by piece, as the mode of that moment says. */
  async function pump(from: Socket, to: Socket, isResponse: boolean, port: number): Promise<void> {
    const rewriter = isResponse && options.rewriteAdvertisedPort === true;
    const rewrite = rewriter ? createPortRewriter(target.port, port) : (chunk: Buffer) => chunk;
    for await (const chunk of from as AsyncIterable<Buffer>) {
      if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
      while (mode === 'stall') await new Promise<void>((resolve) => resume.add(resolve));
      if (isResponse && mode === 'drop-responses') {
        droppedBytes += chunk.length;
        continue;
      }
      if (to.writable && !to.write(rewrite(chunk))) await once(to, 'drain');
    }
    to.end();
  }

  const server = createServer((client) => {
    if (mode === 'cut') {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect({ host: target.host, port: target.port });
    const ends = [client, upstream];
    for (const socket of ends) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        for (const end of ends) end.destroy();
      });
    }
    const { port } = server.address() as AddressInfo;
    pump(client, upstream, false, port).catch(() => upstream.destroy());
    pump(upstream, client, true, port).catch(() => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  function enter(next: Mode): void {
    mode = next;
    if (next === 'stall') return;
    for (const go of resume) go();
    resume.clear();
  }
  const reset = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };

  return {
    port,
    address: `127.0.0.1:${port}`,
    url: target.urlFor(port),
    cut: () => {
      enter('cut');
      reset();
    },
    stall: () => enter('stall'),
    delay: (durationMs) => {
      delayMs = durationMs;
    },
    dropResponses: () => enter('drop-responses'),
    restore: () => {
      delayMs = 0;
      enter('pass');
    },
    connections: () => sockets.size / 2,
    droppedBytes: () => droppedBytes,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      enter('cut');
      reset();
      await closed;
    },
  };
}
