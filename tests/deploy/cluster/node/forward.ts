/** Passes connections to one address of this machine on to a server that listens on 127.0.0.1 alone, as the embedded stack's do. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** Listens at `address` on the server's own port until the returned function is called. */
export const forward = async (address: string, port: number): Promise<() => Promise<void>> => {
  const open = new Set<Socket>();
  const server = createServer((incoming) => {
    const outgoing = connect(port, '127.0.0.1');
    for (const [socket, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      open.add(socket);
      socket.setNoDelay(true).pipe(other);
      socket.on('error', () => other.destroy()).once('close', () => open.delete(socket));
    }
  }).listen(port, address);
  await once(server, 'listening');
  return async () => {
    const closed = once(server.close(), 'close');
    for (const socket of open) socket.destroy();
    await closed;
  };
};
