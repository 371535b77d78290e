/**
 * One address in front of several instances, as a Kubernetes Service is: a new connection goes to an instance that says
 * it is ready, a connection stays where it is, and who is not ready gets no new one. No retries, no health of its own.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { pace } from '@millrace/testkit';

/** Where an instance takes requests, and where it says whether it is ready. */
export interface Target {
  readonly url: string;
  readonly adminUrl: string;
}

export interface ServiceAddress {
  readonly url: string;
  close(): Promise<void>;
}

/** How often readiness is asked for. A kubelet asks less often; it learns of SIGTERM at once, which this stands for. */
const PROBE_INTERVAL_MS = 100;

/** @param targets the instances there are at the moment; asked before each round of probes */
export async function openServiceAddress(
  targets: () => readonly Target[],
): Promise<ServiceAddress> {
  let ready: readonly Target[] = [];
  let turn = 0;
  let isOpen = true;
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
    return socket;
  };
  const server = createServer((incoming) => {
    keep(incoming);
    const target = ready[turn++ % Math.max(1, ready.length)];
    if (target === undefined) {
      incoming.destroy();
      return;
    }
    const { hostname, port } = new URL(target.url);
    const outgoing = keep(connect(Number(port), hostname));
    outgoing.once('close', () => incoming.destroy());
    incoming.once('close', () => outgoing.destroy());
    incoming.pipe(outgoing).pipe(incoming);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const probing = (async () => {
    while (isOpen) {
      const asked = targets();
      const answers = await Promise.all(asked.map(isReady));
      ready = asked.filter((_target, index) => answers[index]);
      await pace(PROBE_INTERVAL_MS);
    }
  })();
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      isOpen = false;
      await probing;
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

const isReady = async ({ adminUrl }: Target): Promise<boolean> => {
  const signal = AbortSignal.timeout(2_000);
  const answer = await fetch(`${adminUrl}/readyz`, { signal }).catch(() => undefined);
  await answer?.body?.cancel().catch(() => undefined);
  return answer?.ok ?? false;
};
