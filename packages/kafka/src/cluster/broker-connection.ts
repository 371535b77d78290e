import { MillraceError } from '@millrace/contracts';
import type { KafkaConnection, KafkaSasl } from '../connection.ts';
import {
  createWireConnection,
  type VersionRanges,
  type WireConnection,
  type WireLogger,
} from '../kafkajs/kafkajs.ts';
import { apiVersions } from '../messages/cluster-messages.ts';
import { connectFailure } from '../security/connect-failure.ts';
import { oauthBearerExchange } from '../security/oauth-bearer.ts';
import { tlsOptions } from '../security/tls-options.ts';
import { type Exchange, toWireExchange } from './exchange.ts';

/**
 * One connection to one broker, used once: whatever breaks it (a reset, a time-out, an unreadable answer)
 * ends it, fails all its requests with `kafka.unavailable`, and the next request opens another. It does
 * not retry: whether a request may be repeated is for its sender to know.
 */
export interface BrokerConnection {
  /** Rejects with `kafka.unavailable` when no answer came; the request may have been carried out. */
  send<Response>(exchange: Exchange<Response>): Promise<Response>;
  /** False also when its session is nearly over: what was sent is answered, the next request opens another. */
  isOpen(): boolean;
  /** The address of this end. */
  localAddress(): string | undefined;
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

/**
 * Part of an authenticated session (KIP-368) after which the connection takes no more requests. To authenticate anew on
 * it would mean to stop all requests meanwhile; another connection is simpler.
 */
const SESSION_SHARE = 0.8;

const saslOptions = async (sasl: KafkaSasl | undefined): Promise<object | null> => {
  if (sasl === undefined) return null;
  if (sasl.mechanism === 'oauthbearer') {
    const exchange = oauthBearerExchange(await sasl.token());
    return { mechanism: sasl.mechanism, authenticationProvider: exchange };
  }
  const { mechanism, username } = sasl;
  return { mechanism, username, password: await sasl.password() };
};

const createWire = async (connection: KafkaConnection, host: string, port: number) =>
  createWireConnection({
    host,
    port,
    logger: wireLogger(connection, `${host}:${port}`),
    ssl: connection.tls === undefined ? null : await tlsOptions(connection.tls),
    sasl: await saslOptions(connection.sasl),
    clientId: connection.clientId,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    reauthenticationThreshold: 0,
  });

/**
 * Opens a connection; rejects with `kafka.unavailable`, `kafka.certificate-refused` or `kafka.unauthenticated`, all of
 * which may pass.
 */
export const openBrokerConnection = async (
  connection: KafkaConnection,
  host: string,
  port: number,
): Promise<BrokerConnection> => {
  const address = `${host}:${port}`;
  const wire = await createWire(connection, host, port);
  let open = true;
  let retired = false;
  let inFlight = 0;
  const close = (reason: Error) => {
    open = false;
    wire.rejectRequests(reason);
    wire.socket?.destroy();
    void wire.disconnect();
  };
  const ranges = await handshake(wire, connection.sasl !== undefined).catch((error: unknown) => {
    close(new Error('handshake failed'));
    throw connectFailure(address, error);
  });
  const closeWhenIdle = () => {
    if (retired && open && inFlight === 0) close(new Error('the session is over'));
  };
  const sessionMs = connection.sasl === undefined ? 0 : wire.sessionLifetime.toNumber();
  if (sessionMs > 0)
    setTimeout(() => {
      retired = true;
      closeWhenIdle();
    }, sessionMs * SESSION_SHARE).unref();

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
      inFlight += 1;
      connection.sending?.(exchange.apiName);
      try {
        return (await wire.send(toWireExchange(exchange))) as ReturnType<typeof exchange.read>;
      } catch (error) {
        if (open) close(new Error('the connection broke'));
        throw error instanceof MillraceError ? error : unavailable(address, error);
      } finally {
        inFlight -= 1;
        closeWhenIdle();
      }
    },
    localAddress: () => wire.socket?.localAddress,
    isOpen: () => open && !retired && wire.isConnected(),
    close: () => close(new Error('closed by this client')),
  };
};
