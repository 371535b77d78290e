/**
 * Bounds on connections: so many in all, so many of one address, so many requests at once on one of them. What is too
 * much is closed before a byte of it is read.
 */
import type { Server } from 'node:http';
import { BlockList, isIPv6, type Socket } from 'node:net';
import { clientOf } from '@millrace/runtime';

export interface ConnectionLimits {
  readonly connectionsMax: number;
  readonly connectionsPerAddress: number;
  /** Their connections are many clients'. Addresses or CIDR. */
  readonly trustedProxies: readonly string[];
}

/** Guards the server; `refused` hears of each connection that was closed, and why; `opened` of those that came and went. */
export const guardConnections = (
  server: Server,
  limits: ConnectionLimits,
  refused: (reason: 'total' | 'address') => void,
  opened: (change: 1 | -1) => void,
): void => {
  const open = new Map<string, number>();
  const proxies = blockListOf(limits.trustedProxies);
  // Node closes these by itself, before it makes anything of them.
  server.maxConnections = limits.connectionsMax;
  server.on('drop', () => refused('total'));

  const enter = (socket: Socket): boolean => {
    const { remoteAddress } = socket;
    // Gone already.
    if (remoteAddress === undefined) return false;
    if (contains(proxies, remoteAddress)) return true;
    const client = clientOf(remoteAddress);
    const count = open.get(client) ?? 0;
    if (count >= limits.connectionsPerAddress) {
      refused('address');
      return false;
    }
    open.set(client, count + 1);
    socket.once('close', () => {
      const left = open.get(client)! - 1;
      if (left === 0) open.delete(client);
      else open.set(client, left);
    });
    return true;
  };

  // Before the listeners of HTTP and TLS, which would make parsers and handshakes for it.
  const listeners = server.listeners('connection') as ((socket: Socket) => void)[];
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    if (enter(socket)) {
      opened(1);
      socket.once('close', () => opened(-1));
      for (const listener of listeners) listener.call(server, socket);
    } else {
      socket.on('error', () => undefined);
      socket.resetAndDestroy();
    }
  });
};

/** Throws a TypeError for what is neither an address nor a network. */
export const blockListOf = (entries: readonly string[]): BlockList => {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
};

const contains = (list: BlockList, address: string): boolean => {
  const plain = address.replace(/^::ffff:/i, '');
  return list.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4');
};

/** A field of the socket, since a map of weak keys costs the garbage collector. */
const atOnce = Symbol('requests at once');

interface CountedSocket extends Socket {
  [atOnce]?: number;
}

/** A client that pipelines more is not waiting for answers. */
const requestsAtOnceMax = 32;

/** Counts a request of the connection in; false: too many of it are open. */
export const beginRequest = (socket: CountedSocket): boolean => {
  const count = (socket[atOnce] ?? 0) + 1;
  socket[atOnce] = count;
  return count <= requestsAtOnceMax;
};

/** The request was answered. */
export const endRequest = (socket: CountedSocket): void => {
  socket[atOnce] = (socket[atOnce] ?? 1) - 1;
};
