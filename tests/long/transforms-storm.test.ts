/**
 * Three instances that run a windowed transform are killed and put to sleep at random for minutes, some for longer than
 * the group waits for them, while records come: afterwards every window has closed once, with every record in it.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileReader, compileWriter, createRegistryClient, frame } from '@millrace/avro';
import { valueSubject } from '@millrace/contracts';
import { createAdmin, createProducer, partitionForKey, readPartition } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import { loadProject } from '@millrace/runtime';
import { type RunningStack, startStack } from '@millrace/stack';
import {
  momentOfChance,
  pace,
  type ServiceProcess,
  startService,
  writeStreamContract,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

const STORM_MS = 240_000;
const PATIENCE = { timeout: 300_000, interval: 500 } as const;
const PARTITIONS = 4;
/** Event time here begins in 1970, and brokers delete by it. */
const keptForEver = { 'retention.ms': '-1' };
const INSTANCES = 3;
const SENSORS = Array.from({ length: 20 }, (_, i) => `s${i}`);
const GROUPS = 6;
const WINDOW_MS = 10_000;
/** Readings of one sensor come so far apart in event time. */
const STEP_MS = 250;

const fields = {
  in: [
    { name: 'sensor', type: 'string' },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'value', type: 'int' },
  ],
  out: [
    { name: 'name', type: 'string' },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'total', type: 'long' },
  ],
} as const;

const sums = `import { sum, transform, tumbling } from '@millrace/streams';
export default transform('storm', ({ from }) => {
  from('storm.in', { time: 'at', disorder: '2 s', idle: { after: '1 h', action: 'leave' } })
    .keyBy(({ value }) => 'group ' + (value % ${GROUPS}))
    .window(tumbling('10 s', { grace: '0 s' }))
    .aggregate({ total: sum(({ value }) => value) }, { emit: 'final' })
    .map(({ key, window, value }) => ({ name: key, at: window.startMs, total: value.total }))
    .to('storm.out');
});
`;

let stack: RunningStack;
let directory: string;

beforeAll(async () => {
  stack = await startStack({ backend: 'embedded' });
  directory = await mkdtemp(join(tmpdir(), 'millrace-storm-'));
  await mkdir(join(directory, 'transforms'));
  await writeFile(join(directory, 'transforms', 'storm.js'), sums);
  for (const [name, kind, key] of [
    ['in', 'event', 'sensor'],
    ['out', 'derived', 'name'],
  ] as const) {
    const section = `source: { kind: ${kind} }\nkey: [${key}]\ntopic: { partitions: ${PARTITIONS} }`;
    await writeStreamContract(directory, { domain: 'storm', name, fields: fields[name], section });
  }
});
afterAll(async () => {
  await stack.stop();
  await rm(directory, { recursive: true });
});

const started = (instance: number): Promise<ServiceProcess> =>
  startService('stream-transform', {
    MILLRACE_PROJECT: directory,
    MILLRACE_KAFKA_BROKERS: stack.endpoints.kafkaBrokers,
    MILLRACE_REGISTRY_URL: stack.endpoints.registryUrl,
    MILLRACE_STREAM_TRANSFORM_STATE_DIR: join(directory, `state-${instance}`),
    MILLRACE_STREAM_TRANSFORM_CHECKPOINT_INTERVAL: '2s',
    MILLRACE_STREAM_TRANSFORM_COMMIT_INTERVAL: '20ms',
    MILLRACE_STREAM_TRANSFORM_SESSION_TIMEOUT: '6s',
  });

test('killed and put to sleep at random for minutes, three instances close each window once, with every record', async () => {
  const connection = {
    brokers: stack.endpoints.kafkaBrokers.split(','),
    clientId: 'millrace-test',
    logger: silentLogger,
  };
  const admin = createAdmin(connection);
  const producer = createProducer(connection);
  const registry = createRegistryClient({ url: stack.endpoints.registryUrl });
  const { contracts } = await loadProject(directory);
  const [input, output] = ['storm.in', 'storm.out'].map(
    (id) => contracts.find((contract) => contract.id === id)!,
  ) as [(typeof contracts)[number], (typeof contracts)[number]];
  await admin.createTopics(
    [input, output].map(({ topic }) => ({ ...topic, replicationFactor: 1, config: keptForEver })),
  );
  const { id } = await registry.register(valueSubject(input.topic.name), input.schemaText);
  const encode = compileWriter(input.schemaText);
  const decode = compileReader(output.schemaText);

  /** By window and group, as it must come to. */
  const expected = new Map<string, number>();
  let step = 0;
  const send = async (): Promise<void> => {
    const batches = SENSORS.map((sensor) => {
      const reading = { sensor, at: step * STEP_MS, value: step };
      const window = Math.floor(reading.at / WINDOW_MS) * WINDOW_MS;
      const key = `${window} group ${step % GROUPS}`;
      expected.set(key, (expected.get(key) ?? 0) + step);
      const bytes = Buffer.from(sensor);
      const record = { key: bytes, value: frame(id, encode(reading)), timestampMs: reading.at };
      const partition = partitionForKey(bytes, PARTITIONS);
      return { topic: input.topic.name, partition, records: [record] };
    });
    step += 1;
    await producer.send(batches);
  };

  const instances = await Promise.all(Array.from({ length: INSTANCES }, (_, i) => started(i)));
  let isOver = false;
  const sending = (async () => {
    while (!isOver) {
      await send();
      await pace(10);
    }
  })();
  const endMs = performance.now() + STORM_MS;
  let [kills, sleeps] = [0, 0];
  while (performance.now() < endMs) {
    await momentOfChance(500, 5000);
    const victim = Math.floor(Math.random() * INSTANCES);
    if (Math.random() < 0.6) {
      instances[victim]!.kill('SIGKILL');
      await instances[victim]!.exited;
      instances[victim] = await started(victim);
      kills += 1;
    } else {
      instances[victim]!.kill('SIGSTOP');
      await momentOfChance(1000, 12_000);
      instances[victim]!.kill('SIGCONT');
      sleeps += 1;
    }
  }
  isOver = true;
  await sending;
  // The window of the last record closes with the ones that come behind it.
  const lastWindow = Math.floor((step * STEP_MS) / WINDOW_MS) * WINDOW_MS;
  while (step * STEP_MS < lastWindow + 2 * WINDOW_MS) await send();

  const results = async (): Promise<Map<string, number[]>> => {
    const found = new Map<string, number[]>();
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      const from = { topic: output.topic.name, partition, fromOffset: 0 };
      for await (const record of readPartition(connection, {
        ...from,
        isolation: 'read_committed',
      })) {
        const result = decode(record.value!.subarray(5)) as {
          name: string;
          at: number;
          total: number;
        };
        const key = `${result.at} ${result.name}`;
        found.set(key, [...(found.get(key) ?? []), result.total]);
      }
    }
    return found;
  };
  const closed = [...expected].filter(([key]) => Number(key.split(' ')[0]) <= lastWindow);
  await expect
    .poll(async () => (await results()).size, PATIENCE)
    .toBeGreaterThanOrEqual(closed.length);
  const found = await results();
  for (const [key, total] of closed)
    expect({ key, totals: found.get(key) }).toEqual({ key, totals: [total] });
  console.log(
    `${kills} kills, ${sleeps} sleeps, ${closed.length} windows, ${step * SENSORS.length} records`,
  );
  for (const instance of instances) expect((await instance.stop()).code).toBe(0);
  await producer.close();
  await admin.close();
});
