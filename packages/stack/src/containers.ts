/**
 * The containers backend: the parts of docker-compose.yml, started through testcontainers on the engine that
 * DOCKER_HOST names. Their data live in the containers and go with them: for data that stay, use docker-compose.yml.
 */
import { fileURLToPath } from 'node:url';
import { MillraceError } from '@millrace/contracts';
import {
  GenericContainer,
  getContainerRuntimeClient,
  Network,
  type StartedNetwork,
  type StartedTestContainer,
  Wait,
} from 'testcontainers';
import { freePorts, requirePort } from './embedded/ports.ts';
import { unsupported } from './external.ts';
import {
  type RunningStack,
  type StackEndpoints,
  type StackOptions,
  type StackPart,
  stackParts,
} from './stack.ts';

/** The same as in docker-compose.yml. */
export const images: Readonly<Record<StackPart, string>> = {
  kafka: 'apache/kafka:4.3.1',
  registry: 'apicurio/apicurio-registry:3.0.9',
  postgres: 'postgres:18',
  clickhouse: 'clickhouse/clickhouse-server:26.7',
};

/** Where the other containers find the broker; clients on this machine take the published port. */
const brokerInside = 'kafka:19092';

const resource = (name: string) => fileURLToPath(new URL(`../clickhouse/${name}`, import.meta.url));

/** The broker's settings, as the image takes them. */
export function kafkaEnvironment(advertised: string): Record<string, string> {
  return {
    KAFKA_NODE_ID: '1',
    KAFKA_PROCESS_ROLES: 'broker,controller',
    KAFKA_LISTENERS: 'HOST://:9092,INSIDE://:19092,CONTROLLER://:9093',
    KAFKA_ADVERTISED_LISTENERS: `HOST://${advertised},INSIDE://${brokerInside}`,
    KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'CONTROLLER:PLAINTEXT,HOST:PLAINTEXT,INSIDE:PLAINTEXT',
    KAFKA_INTER_BROKER_LISTENER_NAME: 'INSIDE',
    KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
    KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
    KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
    KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
    KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
    KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR: '1',
    KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR: '1',
    KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
    KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
  };
}

function containerFor(part: StackPart, port: number, network: StartedNetwork): GenericContainer {
  const base = new GenericContainer(images[part]).withNetwork(network).withNetworkAliases(part);
  switch (part) {
    case 'kafka':
      return base
        .withEnvironment(kafkaEnvironment(`127.0.0.1:${port}`))
        .withExposedPorts({ container: 9092, host: port })
        .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/));
    case 'registry':
      return base
        .withEnvironment({
          APICURIO_STORAGE_KIND: 'kafkasql',
          APICURIO_KAFKASQL_BOOTSTRAP_SERVERS: brokerInside,
          APICURIO_KAFKASQL_CONSUMER_POLL_TIMEOUT: '200',
        })
        .withExposedPorts({ container: 8080, host: port })
        .withWaitStrategy(Wait.forHttp('/health/ready', 8080));
    case 'postgres':
      return (
        base
          .withEnvironment({ POSTGRES_HOST_AUTH_METHOD: 'trust' })
          .withCommand(['postgres', '-c', 'wal_level=logical', '-c', 'max_replication_slots=20'])
          .withExposedPorts({ container: 5432, host: port })
          // The image starts the server once for its own scripts, and then in earnest.
          .withWaitStrategy(Wait.forLogMessage(/ready to accept connections/, 2))
      );
    case 'clickhouse':
      return base
        .withEnvironment({
          CLICKHOUSE_DB: 'millrace',
          CLICKHOUSE_USER: 'millrace',
          CLICKHOUSE_PASSWORD: 'millrace',
          CLICKHOUSE_DEFAULT_ACCESS_MANAGEMENT: '1',
        })
        .withCopyFilesToContainer([
          {
            source: resource('container-config.xml'),
            target: '/etc/clickhouse-server/config.d/millrace.xml',
          },
          {
            source: resource('container-users.xml'),
            target: '/etc/clickhouse-server/users.d/millrace.xml',
          },
        ])
        .withExposedPorts({ container: 8123, host: port })
        .withWaitStrategy(Wait.forHttp('/ping', 8123));
  }
}

async function requireEngine(): Promise<void> {
  try {
    await getContainerRuntimeClient();
  } catch (cause) {
    throw new MillraceError(
      'stack.engine-missing',
      'No container engine answers: start Docker or Podman, set DOCKER_HOST, or use --backend embedded.',
      { cause },
    );
  }
}

async function choosePorts(given: StackOptions['ports'] = {}): Promise<Record<StackPart, number>> {
  for (const part of stackParts) {
    const asked = given[part];
    if (asked !== undefined) await requirePort(part, asked);
  }
  const free = (await freePorts(4)) as [number, number, number, number];
  const [kafka, registry, postgres, clickhouse] = free;
  return { kafka, registry, postgres, clickhouse, ...given };
}

function endpointsOf(ports: Readonly<Record<StackPart, number>>): StackEndpoints {
  return {
    kafkaBrokers: `127.0.0.1:${ports.kafka}`,
    registryUrl: `http://127.0.0.1:${ports.registry}/apis/ccompat/v7`,
    postgresUrl: `postgres://postgres@127.0.0.1:${ports.postgres}/postgres`,
    clickhouseUrl: `http://millrace:millrace@127.0.0.1:${ports.clickhouse}/millrace`,
  };
}

/**
 * Starts the four containers and resolves when each says that it is ready.
 * @throws `stack.engine-missing`, `stack.port-busy`, `stack.part-failed`; what had been started is removed first
 */
export async function startContainerStack(options: StackOptions): Promise<RunningStack> {
  const began = performance.now();
  const elapsedMs = () => Math.round(performance.now() - began);
  const onProgress = options.onProgress ?? (() => undefined);
  await requireEngine();
  const ports = await choosePorts(options.ports);
  const network = await new Network().start();
  const started: StartedTestContainer[] = [];

  async function start(part: StackPart): Promise<void> {
    onProgress({ part, state: 'starting', atMs: elapsedMs(), detail: images[part] });
    try {
      started.push(await containerFor(part, ports[part], network).start());
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new MillraceError(
        'stack.part-failed',
        `The container of ${part} (${images[part]}) did not become ready: ${reason}`,
        { cause },
      );
    }
    onProgress({ part, state: 'ready', atMs: elapsedMs() });
  }
  async function stop(): Promise<void> {
    await Promise.allSettled(started.map((container) => container.stop()));
    await network.stop();
  }

  const outcomes = await Promise.allSettled(stackParts.map(start));
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure !== undefined) {
    await stop();
    throw failure.reason;
  }
  return {
    endpoints: endpointsOf(ports),
    dataDir: '',
    readyMs: elapsedMs(),
    start: 'cold',
    kill: () => Promise.reject(unsupported('kill', 'containers')),
    signal: () => {
      throw unsupported('suspend', 'containers');
    },
    restart: () => Promise.reject(unsupported('restart', 'containers')),
    stop,
  };
}
