/**
 * Vitest's global setup of tests that need servers: one stack for the whole run. Takes the running one that the
 * environment names (all four variables), else starts an embedded one and stops it at the end.
 */
import { type StackEndpoints, startStack } from '@millrace/stack';
import type { TestProject } from 'vitest/node';
import type {} from './stack-under-test.ts';

function fromEnvironment(env: NodeJS.ProcessEnv): StackEndpoints | undefined {
  const kafkaBrokers = env['MILLRACE_KAFKA_BROKERS'];
  const registryUrl = env['MILLRACE_REGISTRY_URL'];
  const postgresUrl = env['MILLRACE_POSTGRES_URL'];
  const clickhouseUrl = env['MILLRACE_CLICKHOUSE_URL'];
  return kafkaBrokers && registryUrl && postgresUrl && clickhouseUrl
    ? { kafkaBrokers, registryUrl, postgresUrl, clickhouseUrl }
    : undefined;
}

export default async function globalSetup(project: TestProject): Promise<() => Promise<void>> {
  const endpoints = fromEnvironment(process.env);
  if (endpoints !== undefined) {
    project.provide('stack', endpoints);
    return async () => undefined;
  }
  const stack = await startStack({
    backend: 'embedded',
    onProgress: ({ part, state, detail }) => {
      if (state === 'failed') process.stderr.write(`stack: ${detail}\n`);
      if (state === 'downloading') process.stderr.write(`stack: ${part} ${detail}\n`);
    },
  });
  project.provide('stack', stack.endpoints);
  return () => stack.stop();
}
