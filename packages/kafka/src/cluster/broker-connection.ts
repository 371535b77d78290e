import { MillraceError } from '@millrace/contracts';
import type { KafkaConnection } from '../connection.ts';
import {
  createWireConnection,
  type VersionRanges,
  type WireConnection,
  type WireLogger,
} from '../kafkajs/kafkajs.ts';
import { apiVersions } from '../messages/cluster-messages.ts';
import { type Exchange, toWireExchange } from './exchange.ts';

/**
 * One connection to one broker, used once: whatever breaks it (a reset, a time-out, an unreadable answer)
 * ends it, fails all its requests with `kafka.unavailable`, and the next request opens another. It does
 * not retry: whether a request may be repeated is for its sender to know.
 */
export interface BrokerConnection {
  /** Rejects with `kafka.unavailable` when no answer came; the request may have been carried out. */
  send<Response>(exchange: Exchange<Response>): Promise<Response>;
  isOpen(): boolean;
  close(): void;
}

const CONNECT_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 30_000;

const unavailable = (address: string, cause: unknown) =>
  new MillraceError(
    'kafka.unavailable',
    `${address}: ${cause instanceof Error ? cause.message : String(cause)}`,
    { retryable: true, cause },
  );

const wireLogger = (connection: KafkaConnection, address: string): WireLogger => {
  // Every level becomes debug: a lost connection is news only when the retries above it run out.
  const debug = (message: string, extra?: Record<string, unknown>) =>
    connection.logger.debug({ broker: address, ...extra }, message);
  const logger: WireLogger = {
    namespace: () => logger,
    debug: () => undefined,
    info: debug,
    warn: debug,
    error: debug,
  };
  return logger;
};

const handshake = async (wire: WireConnection, sasl: boolean): Promise<VersionRanges> => {
  await wire.connect();
  const answer = (await wire.send(toWireExchange(apiVersions))) as ReturnType<
    (typeof apiVersions)['read']
  >;
  const ranges = Object.fromEntries(answer.ranges.map((range) => [range.apiKey, range]));
  wire.setVersions(ranges);
  wire.setSupportAuthenticationProtocol(true);
  if (sasl) await wire.authenticate();
  return ranges;
};

/** Opens a connection; rejects with `kafka.unavailable`. */
export const openBrokerConnection = async (
  connection: KafkaConnection,
  host: string,
  port: number,
): Promise<BrokerConnection> => {
  const address = `${host}:${port}`;
  const wire = createWireConnection({
    host,
    port,
    logger: wireLogger(connection, address),
    ssl: connection.tls === true ? true : null,
    sasl: connection.sasl ?? null,
    clientId: connection.clientId,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
  });
  let open = true;
  const close = (reason: Error) => {
    open = false;
    wire.rejectRequests(reason);
    wire.socket?.destroy();
    void wire.disconnect();
  };
  const ranges = await handshake(wire, connection.sasl !== undefined).catch((error: unknown) => {
    close(new Error('handshake failed'));
    throw unavailable(address, error);
  });

  return {
    async send(exchange) {
      const range = ranges[exchange.apiKey];
      if (
        range === undefined ||
        exchange.apiVersion < range.minVersion ||
        exchange.apiVersion > range.maxVersion
      ) {
        throw new MillraceError(
          'kafka.broker-unsupported',
          `${address} does not speak ${exchange.apiName} version ${exchange.apiVersion}`,
        );
      }
      try {
        return (await wire.send(toWireExchange(exchange))) as ReturnType<typeof exchange.read>;
      } catch (error) {
        if (open) close(new Error('the connection broke'));
        throw error instanceof MillraceError ? error : unavailable(address, error);
      }
    },
    isOpen: () => open && wire.isConnected(),
    close: () => close(new Error('closed by this client')),
  };
};
