/**
 * How long a transform needs to have its state again when its disk is gone: the service fills a store, is stopped, loses its
 * state directory and is started anew. With MILLRACE_KAFKA_BROKERS and MILLRACE_REGISTRY_URL on these servers, else on its own.
 *
 *   node tests/bench/streams-restore/run.ts [keys] [partitions] [memory of state, MiB]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStack } from '@millrace/stack';
import { type ServiceProcess, startService } from '@millrace/testkit';
import { processUsage } from '../process-usage.ts';
import { createRestoreWorld } from './world.ts';

const [keys = 1_000_000, partitions = 4, stateMebibytes = 256] = process.argv.slice(2).map(Number);
const directory = await mkdtemp(join(tmpdir(), 'millrace-bench-'));
const stateDir = join(directory, 'state');
const { MILLRACE_KAFKA_BROKERS: kafkaBrokers, MILLRACE_REGISTRY_URL: registryUrl } = process.env;
const stack =
  kafkaBrokers === undefined || registryUrl === undefined
    ? await startStack({ backend: 'embedded' })
    : undefined;
const endpoints = stack?.endpoints ?? { kafkaBrokers: kafkaBrokers!, registryUrl: registryUrl! };
const world = await createRestoreWorld(directory, partitions, endpoints);

const start = async (): Promise<ServiceProcess> => {
  const service = await startService('stream-transform', {
    ...world.env,
    MILLRACE_STREAM_TRANSFORM_STATE_DIR: stateDir,
    MILLRACE_STREAM_TRANSFORM_STATE_BYTES: String(stateMebibytes * 1024 * 1024),
    // What is measured is the changelog from its start, not a checkpoint.
    MILLRACE_STREAM_TRANSFORM_CHECKPOINT_INTERVAL: '1h',
  });
  await service.ready();
  return service;
};

/** The sum of a metric over all tasks of the stage that keeps state. */
const sumOf = async ({ adminUrl }: ServiceProcess, noun: string): Promise<number> => {
  const text = await (await fetch(`${adminUrl}/metrics`)).text();
  const lines = text
    .split('\n')
    .filter((line) => line.startsWith(`millrace_stream_transform_${noun}{`))
    .filter((line) => line.includes('stage="1"'));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
};

const until = async (isDone: () => Promise<boolean>): Promise<void> => {
  while (!(await isDone())) await new Promise((resolve) => setTimeout(resolve, 50));
};

/** Seconds of the clock and of the processor from the start of the process on. */
const usageOf = ({ pid }: ServiceProcess, startedMs: number) => ({
  seconds: Number(((performance.now() - startedMs) / 1000).toFixed(1)),
  'CPU s': processUsage(pid).cpuSeconds,
});

try {
  const filling = await start();
  const fillStartedMs = performance.now();
  await world.send(keys);
  await until(async () => (await sumOf(filling, 'state_entries_records')) === keys);
  const filled = usageOf(filling, fillStartedMs);
  await filling.stop();
  await rm(stateDir, { recursive: true });

  const startedMs = performance.now();
  const restoring = await start();
  const assigned = usageOf(restoring, startedMs);
  await until(async () => (await sumOf(restoring, 'state_entries_records')) === keys);
  const restored = usageOf(restoring, startedMs);
  const records = await sumOf(restoring, 'restored_records_total');
  const usage = processUsage(restoring.pid);
  console.table({ 'the store is filled': filled, 'tasks are assigned': assigned, restored });
  const each = ((restored['CPU s'] - assigned['CPU s']) / records) * 1e6;
  const seconds = (restored.seconds - assigned.seconds).toFixed(1);
  const peak = Math.round(usage.peakResidentBytes / 1024 ** 2);
  console.log(
    `${records} changelog records of ${keys} keys restored in ${seconds} s after the assignment; ` +
      `${each.toFixed(1)} CPU-us each; ${peak} MiB resident at most`,
  );
  await restoring.stop();
} finally {
  await world.close();
  await stack?.stop();
  await rm(directory, { recursive: true, force: true });
}
