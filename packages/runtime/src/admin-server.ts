import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';
import type { Metrics } from './metrics/metrics.ts';
import { createListeners, type Presence } from './presence.ts';

/** `true`, or why the service cannot take work now. */
export type Readiness = true | string;

export interface AdminServer {
  /** As reached from this machine. */
  readonly url: string;
  readonly presence: Presence;
  close(): Promise<void>;
}

/**
 * The port for whoever runs the service: /livez says that the process answers, /readyz that it can take
 * work (503 with the reason when not), /metrics what it measures, /alive never ends (presence.ts). Nothing of the data
 * passes here.
 */
export const startAdminServer = async (options: {
  readonly port: number;
  readonly metrics: Metrics;
  readiness(): Readiness;
}): Promise<AdminServer> => {
  const server = Fastify({ logger: false, forceCloseConnections: true });
  const { identity, tell, answer } = createListeners();
  server.get('/livez', async () => ({ status: 'ok' }));
  server.get('/readyz', async (_request, reply) => {
    const ready = options.readiness();
    if (ready === true) return { status: 'ok' };
    return reply.code(503).send({ status: 'unavailable', reasons: [ready] });
  });
  server.get('/metrics', async (_request, reply) =>
    reply.type(options.metrics.contentType).send(await options.metrics.render()),
  );
  server.get('/alive', { exposeHeadRoute: false }, (_request, reply) => {
    reply.hijack();
    answer(reply.raw);
  });
  await server.listen({ port: options.port, host: '0.0.0.0' });
  const address = server.server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    presence: { identity, tell, port: address.port },
    close: () => server.close(),
  };
};
