/** The external backend: servers that run already, somewhere. Checks that each answers and otherwise leaves them be. */
import { MillraceError } from '@millrace/contracts';
import { type Address, acceptsConnections, httpStatus, postgresAnswers } from './probe.ts';
import type { RunningStack, StackEndpoints, StackPart, StackProgress } from './stack.ts';

interface Check {
  readonly part: StackPart;
  readonly address: string;
  answers(): Promise<boolean>;
}

/** `host:port` as in a list of brokers; an IPv6 host stands in brackets. */
function brokerAddress(broker: string): Address {
  const { hostname, port } = new URL(`kafka://${broker.trim()}`);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 9092) };
}

async function anyAccepts(brokers: string): Promise<boolean> {
  const answers = await Promise.all(
    brokers.split(',').map((broker) => acceptsConnections(brokerAddress(broker))),
  );
  return answers.includes(true);
}

/** Host and path of a URL, without the password that it may hold. */
function withoutCredentials(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

function checks(endpoints: StackEndpoints): Check[] {
  const { kafkaBrokers, registryUrl, postgresUrl, clickhouseUrl } = endpoints;
  return [
    { part: 'kafka', address: kafkaBrokers, answers: () => anyAccepts(kafkaBrokers) },
    {
      part: 'registry',
      address: withoutCredentials(registryUrl),
      answers: async () => {
        // 401 is an answer too: credentials are the clients' affair.
        const status = await httpStatus(`${registryUrl.replace(/\/$/, '')}/subjects`);
        return status !== undefined && (status < 400 || status === 401 || status === 403);
      },
    },
    {
      part: 'postgres',
      address: withoutCredentials(postgresUrl),
      answers: () => {
        const { hostname, port } = new URL(postgresUrl);
        return postgresAnswers({ host: hostname, port: Number(port || 5432) });
      },
    },
    {
      part: 'clickhouse',
      address: withoutCredentials(clickhouseUrl),
      answers: async () => (await httpStatus(`${new URL(clickhouseUrl).origin}/ping`)) === 200,
    },
  ];
}

/** The error of an operation that only the embedded backend has. */
export function unsupported(operation: string, backend: string): MillraceError {
  return new MillraceError(
    'stack.operation-unsupported',
    `The ${backend} backend cannot ${operation} a part: only the embedded backend owns the processes.`,
  );
}

export interface ExternalStackOptions {
  readonly endpoints: StackEndpoints;
  readonly onProgress?: (progress: StackProgress) => void;
}

/**
 * Resolves when every server has answered once. `stop` leaves all of them running.
 * @throws `stack.endpoint-unreachable` naming the first that does not answer
 */
export async function connectExternalStack(options: ExternalStackOptions): Promise<RunningStack> {
  const began = performance.now();
  const elapsedMs = () => Math.round(performance.now() - began);
  await Promise.all(
    checks(options.endpoints).map(async ({ part, address, answers }) => {
      if (!(await answers()))
        throw new MillraceError(
          'stack.endpoint-unreachable',
          `${part} does not answer at ${address}: check the address and that the server runs.`,
          { retryable: true },
        );
      options.onProgress?.({ part, state: 'ready', atMs: elapsedMs() });
    }),
  );
  return {
    endpoints: options.endpoints,
    dataDir: '',
    readyMs: elapsedMs(),
    start: 'warm',
    kill: () => Promise.reject(unsupported('kill', 'external')),
    signal: () => {
      throw unsupported('suspend', 'external');
    },
    restart: () => Promise.reject(unsupported('restart', 'external')),
    stop: async () => undefined,
  };
}
