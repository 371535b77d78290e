/** `millrace stack up`: starts a stack, says where it answers, and keeps it until it is told to stop. */
import { resolve } from 'node:path';
import { MillraceError } from '@millrace/contracts';
import {
  type RunningStack,
  type StackEndpoints,
  type StackPart,
  type StackProgress,
  type StartStackOptions,
  startStack,
} from '@millrace/stack';
import { detach } from './detach.ts';
import { endpointTable, progressLine, seconds } from './stack-text.ts';
import { createSupervisor } from './supervisor.ts';
import type { UpOptions } from './up-options.ts';

const variables: Readonly<Record<keyof StackEndpoints, string>> = {
  kafkaBrokers: 'MILLRACE_KAFKA_BROKERS',
  registryUrl: 'MILLRACE_REGISTRY_URL',
  postgresUrl: 'MILLRACE_POSTGRES_URL',
  clickhouseUrl: 'MILLRACE_CLICKHOUSE_URL',
};

/** The addresses of an external stack, all four from the environment. */
export function externalEndpoints(env: NodeJS.ProcessEnv): StackEndpoints {
  const read = (name: keyof StackEndpoints): string => {
    const value = env[variables[name]];
    if (value) return value;
    throw new MillraceError(
      'config.invalid',
      `${variables[name]} is not set, and --backend external takes the address from it.`,
    );
  };
  return {
    kafkaBrokers: read('kafkaBrokers'),
    registryUrl: read('registryUrl'),
    postgresUrl: read('postgresUrl'),
    clickhouseUrl: read('clickhouseUrl'),
  };
}

function givenPorts(options: UpOptions): Partial<Record<StackPart, number>> {
  const { portKafka, portRegistry, portPostgres, portClickhouse } = options;
  return {
    ...(portKafka === undefined ? {} : { kafka: portKafka }),
    ...(portRegistry === undefined ? {} : { registry: portRegistry }),
    ...(portPostgres === undefined ? {} : { postgres: portPostgres }),
    ...(portClickhouse === undefined ? {} : { clickhouse: portClickhouse }),
  };
}

function startOptions(
  options: UpOptions,
  onProgress: (progress: StackProgress) => void,
): StartStackOptions {
  if (options.backend === 'external')
    return { backend: 'external', endpoints: externalEndpoints(process.env), onProgress };
  return {
    backend: options.backend,
    dataDir: resolve(options.dataDir),
    ports: givenPorts(options),
    ...(options.clickhouseUsers === undefined
      ? {}
      : { clickhouseUsers: resolve(options.clickhouseUsers) }),
    onProgress,
  };
}

function announce(stack: RunningStack, options: UpOptions): void {
  const { endpoints, dataDir, readyMs, start } = stack;
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ ...endpoints, dataDir, pid: process.pid })}\n`);
    return;
  }
  process.stdout.write(`${endpointTable(endpoints, dataDir)}\n`);
  process.stdout.write(`Ready in ${seconds(readyMs)} (${start} start).\n`);
}

/** Resolves with the signal that asks for the end. Signals that come during the start count too. */
function endRequest(): Promise<NodeJS.Signals> {
  return new Promise((resolveSignal) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => resolveSignal(signal));
  });
}

export async function stackUp(options: UpOptions): Promise<void> {
  if (options.detach) {
    await detach(options);
    return;
  }
  const asked = endRequest();
  const supervisor = createSupervisor((sentence) => process.stderr.write(`${sentence}\n`));
  const stack = await startStack(
    startOptions(options, (progress) => {
      if (!options.json || progress.state === 'downloading')
        process.stderr.write(`${progressLine(progress)}\n`);
      supervisor.observe(progress);
    }),
  );
  announce(stack, options);
  if (options.backend === 'external') process.exit(0); // nothing of it is ours to keep running
  if (!options.json) process.stderr.write('Ctrl-C stops it; its data stay.\n');
  const givenUp = supervisor.superviseRestarts(stack);
  const reason = await Promise.race([asked, givenUp]);
  await stack.stop();
  if (reason instanceof MillraceError) throw reason;
  process.exit(0);
}
