import { MillraceError } from '@millrace/contracts';
import type { KafkaConnection } from '../connection.ts';
import {
  type BrokerAddress,
  type CoordinatorKind,
  findCoordinator,
  type MetadataResponse,
  metadata,
  type TopicMetadata,
} from '../messages/cluster-messages.ts';
import { type BrokerConnection, openBrokerConnection } from './broker-connection.ts';
import type { Exchange } from './exchange.ts';
import { ERROR, errorName, isUnavailable } from './protocol-errors.ts';

/**
 * The brokers as one client sees them: where they are, who leads which partition, who coordinates which
 * group. Connections are opened when needed, one per broker and lane; nothing here retries or waits.
 */
export type Lane =
  | 'main'
  | 'fetch'
  /** A broker answers a connection's requests in order, and holds a join until the others have joined. */
  | 'join';

export interface Cluster {
  /** A connection to the broker; rejects with `kafka.unavailable`, and then nothing was sent. */
  open(nodeId: number, lane?: Lane): Promise<BrokerConnection>;
  /** Rejects with `kafka.unavailable` when the broker cannot be reached or did not answer. */
  send<Response>(nodeId: number, exchange: Exchange<Response>, lane?: Lane): Promise<Response>;
  /** To whichever broker answers first in the order tried. */
  sendToAny<Response>(exchange: Exchange<Response>): Promise<Response>;
  /** The topic as last seen, asked for when never seen. Undefined: there is no such topic. */
  topic(name: string): Promise<TopicMetadata | undefined>;
  /** The leader's node id as last seen; undefined when the partition has none or is not known. */
  leader(topic: string, partition: number): number | undefined;
  /** The topic's id as last seen. */
  topicId(topic: string): string | undefined;
  /**
   * Asks again for these topics. Requests for the same topics share one answer.
   * @param tellsRights whether each may be read is told as well
   */
  refresh(topics: readonly string[] | undefined, tellsRights?: boolean): Promise<MetadataResponse>;
  /** Cached until `forgetCoordinator`. */
  coordinator(kind: CoordinatorKind, key: string): Promise<number>;
  forgetCoordinator(kind: CoordinatorKind, key: string): void;
  /** How often a connection was lost or could not be opened: while it stays the same no broker has gone away. */
  disturbances(): number;
  close(): void;
}

const parseAddress = (address: string, index: number): BrokerAddress => {
  const colon = address.lastIndexOf(':');
  return {
    nodeId: -1 - index,
    host: address.slice(0, colon),
    port: Number(address.slice(colon + 1)),
  };
};

const createConnections = (connection: KafkaConnection) => {
  const opened = new Map<string, Promise<BrokerConnection>>();
  const standing = new Map<string, BrokerConnection>();
  let disturbances = 0;
  let closed = false;
  const countLost = (): number => {
    for (const [key, broker] of standing) {
      if (broker.isOpen()) continue;
      standing.delete(key);
      disturbances += 1;
    }
    return disturbances;
  };
  return {
    disturbances: countLost,
    async get({ host, port }: BrokerAddress, lane: Lane): Promise<BrokerConnection> {
      if (closed) throw new MillraceError('kafka.closed', 'the client is closed');
      const key = `${lane} ${host}:${port}`;
      const known = opened.get(key);
      if (known !== undefined) {
        const broker = await known;
        if (broker.isOpen()) return broker;
      }
      if (opened.get(key) === known) {
        countLost();
        const opening = openBrokerConnection(connection, host, port);
        opened.set(key, opening);
        opening.then(
          (broker) => standing.set(key, broker),
          () => {
            disturbances += 1;
            if (opened.get(key) === opening) opened.delete(key);
          },
        );
      }
      const broker = await opened.get(key)!;
      if (closed) broker.close();
      return broker;
    },
    close() {
      closed = true;
      for (const opening of opened.values()) {
        opening.then(
          (broker) => broker.close(),
          () => undefined,
        );
      }
    },
  };
};

export const createCluster = (connection: KafkaConnection): Cluster => {
  const seeds = connection.brokers.map(parseAddress);
  const connections = createConnections(connection);
  const brokers = new Map<number, BrokerAddress>(seeds.map((seed) => [seed.nodeId, seed]));
  const topics = new Map<string, TopicMetadata>();
  const coordinators = new Map<string, Promise<number>>();
  const refreshes = new Map<string, Promise<MetadataResponse>>();

  const open: Cluster['open'] = async (nodeId, lane = 'main') => {
    const address = brokers.get(nodeId);
    if (address === undefined) {
      throw new MillraceError('kafka.unavailable', `broker ${nodeId} is not known`, {
        retryable: true,
      });
    }
    return connections.get(address, lane);
  };

  const send: Cluster['send'] = async (nodeId, exchange, lane) =>
    (await open(nodeId, lane)).send(exchange);

  const sendToAny: Cluster['sendToAny'] = async (exchange) => {
    // Brokers of the last metadata first: seeds may be gone since.
    const candidates = [...brokers.keys()].sort((a, b) => b - a);
    let failure: unknown;
    for (const nodeId of candidates) {
      try {
        return await send(nodeId, exchange);
      } catch (error) {
        if (!isUnavailable(error)) throw error;
        failure = error;
      }
    }
    throw failure;
  };

  const learn = (response: MetadataResponse) => {
    if (response.brokers.length > 0) {
      brokers.clear();
      for (const broker of [...seeds, ...response.brokers]) brokers.set(broker.nodeId, broker);
    }
    for (const topic of response.topics) {
      if (topic.errorCode === ERROR.unknownTopicOrPartition) topics.delete(topic.topic);
      else topics.set(topic.topic, topic);
    }
    return response;
  };

  const refresh: Cluster['refresh'] = (names, tellsRights = false) => {
    const key = `${tellsRights} ${names === undefined ? '*' : [...names].sort().join(' ')}`;
    const running = refreshes.get(key);
    if (running !== undefined) return running;
    const started = sendToAny(metadata(names, tellsRights))
      .then(learn)
      .finally(() => refreshes.delete(key));
    refreshes.set(key, started);
    return started;
  };

  const lookUpCoordinator = async (kind: CoordinatorKind, key: string): Promise<number> => {
    const answer = await sendToAny(findCoordinator(kind, key));
    if (answer.errorCode !== ERROR.none) {
      throw new MillraceError(
        'kafka.unavailable',
        `no coordinator for ${kind} ${key}: ${errorName(answer.errorCode)}`,
        { retryable: true },
      );
    }
    brokers.set(answer.coordinator.nodeId, answer.coordinator);
    return answer.coordinator.nodeId;
  };

  return {
    open,
    send,
    sendToAny,
    async topic(name) {
      if (!topics.has(name)) await refresh([name]);
      return topics.get(name);
    },
    leader(topic, partition) {
      const found = topics.get(topic)?.partitions.find((one) => one.partition === partition);
      return found === undefined || found.leader < 0 ? undefined : found.leader;
    },
    topicId: (topic) => topics.get(topic)?.topicId,
    refresh,
    coordinator(kind, key) {
      const id = `${kind} ${key}`;
      const known = coordinators.get(id);
      if (known !== undefined) return known;
      const looking = lookUpCoordinator(kind, key);
      coordinators.set(id, looking);
      looking.catch(() => coordinators.delete(id));
      return looking;
    },
    forgetCoordinator: (kind, key) => void coordinators.delete(`${kind} ${key}`),
    disturbances: connections.disturbances,
    close: () => connections.close(),
  };
};
