import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { PeerAddress } from '../group/peers/peer.ts';

/** How it meets whoever asks. */
type Manner = 'answers' | 'is silent' | 'resets';

export interface TestPresence {
  readonly address: PeerAddress;
  readonly presence: { readonly identity: string; readonly port: number; tell(line: string): void };
  /** Connections that are open. */
  listeners(): number;
  /** Times that it was asked. */
  asked(): number;
  manner: Manner;
  /** Breaks all connections. */
  cut(): void;
  /** As the kernel does for a process that dies: breaks all connections, and refuses others. */
  die(): Promise<void>;
}

/** A process as others see it on its admin port, in this one. For tests only. */
export const startPresence = async (
  identity: string = randomUUID(),
  onPort = 0,
): Promise<TestPresence> => {
  const listeners = new Set<ServerResponse>();
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    if (test.manner === 'resets') return response.socket?.resetAndDestroy();
    response.on('close', () => listeners.delete(response));
    listeners.add(response);
    if (test.manner === 'answers') response.write(`${identity}\n`);
    return undefined;
  });
  server.listen(onPort, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const die = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  const test: TestPresence = {
    address: { identity, host: '127.0.0.1', port },
    presence: {
      ...{ identity, port },
      tell: (line) => {
        for (const listener of listeners) listener.write(`${line}\n`);
      },
    },
    listeners: () => listeners.size,
    asked: () => asked,
    manner: 'answers',
    cut: () => server.closeAllConnections(),
    die,
  };
  onTestFinished(die);
  return test;
};
