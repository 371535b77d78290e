import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { claimText } from '@millrace/contracts';
import { type Admin, createAdmin } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import {
  createFlightsWorld,
  type FlightsWorld,
  type ServiceProcess,
  stackUnderTest,
  startService,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

/** What a person sees of a sink that runs, that is gone in the middle of a claim, and of what it gave up. */
const bin = fileURLToPath(new URL('../../bin/millrace.mjs', import.meta.url));
let world: FlightsWorld;
let sink: ServiceProcess;
let admin: Admin;

const millrace = (...args: readonly string[]) =>
  spawnSync(process.execPath, [bin, 'sink', ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...world.env },
  });
const status = () => JSON.parse(millrace('status', '--json').stdout);
const topic = () => world.contract.topic.name;
const garbage = { key: null, value: Buffer.from('{"plain":"json"}'), headers: {} };

beforeAll(async () => {
  world = await createFlightsWorld(stackUnderTest(), { partitions: 2 });
  admin = createAdmin({
    brokers: stackUnderTest().kafkaBrokers.split(','),
    clientId: 'test',
    logger: silentLogger,
  });
  sink = await startService('sink', world.env);
  await sink.ready();
  await world.send(0, 1_000);
  const cut = { ...world.departure(5_000), value: world.departure(5_000).value!.subarray(0, 12) };
  const records = [garbage, cut, world.departure(5_001)];
  await world.producer.send([{ topic: topic(), partition: 0, records }]);
});
afterAll(async () => {
  await sink?.stop();
  await admin?.close();
  await world?.drop();
});

test('when all has landed, status says so of every partition, with the table and the last dead letter', async () => {
  const landed = { topic: topic(), partition: 0, committed: 503, end: 503, lagRecords: 0 };
  await expect.poll(status).toMatchObject({
    state: 'landing',
    partitions: expect.arrayContaining([expect.objectContaining(landed)]),
  });
  const seen = status();
  expect(millrace('status').status).toBe(0);
  expect(seen.partitions).toHaveLength(4);
  const [first] = seen.partitions.filter((one: { topic: string }) => one.topic === topic());
  expect(first).toMatchObject({ lagSeconds: 0, isForeign: false });
  expect(seen.tables[1]).toMatchObject({
    table: world.contract.warehouse.table,
    ...{ exists: true, rows: 1_001, parts: expect.any(Number) },
  });
  expect(seen.deadLetters).toMatchObject({
    count: 2,
    last: { topic: topic(), partition: 0, offset: 501, code: 'sink.record-undecodable' },
  });
});

test('without a sink, what it left claimed and what waits behind is told, and that somebody has to look', async () => {
  await sink.stop();
  await world.send(6_000, 500);
  await world.send(6_500, 500);
  const behind = status();
  expect(behind.state).toBe('behind');
  const lagging = behind.partitions.find((one: { lagRecords: number }) => one.lagRecords > 0);
  expect(lagging.lagSeconds).toBeGreaterThan(0);
  const { partition, committed } = lagging;
  const claim = {
    ...{ from: committed, to: committed + 99, table: world.contract.warehouse.table },
    ...{ atMs: Date.now() - 600_000, deadSchemas: [], deadOffsets: [], transactional: false },
  };
  await vi.waitFor(
    () =>
      admin.commitOffsets(world.group, [
        { topic: topic(), partition, offset: committed, metadata: claimText(claim) },
      ]),
    { timeout: 60_000 },
  );
  const stuck = status();
  expect(stuck.state).toBe('stuck');
  expect(stuck.concerns).toEqual([
    `${topic()}/${partition}: ${committed}–${committed + 99} was claimed 10 min ago and has not landed in ${world.contract.warehouse.table}`,
  ]);
  const { stdout, status: code } = millrace('status');
  expect(code).toBe(1);
  expect(stdout).toContain('somebody has to look');
});

test('offsets that another program committed are told from claims', async () => {
  await admin.commitOffsets(world.group, [
    { topic: topic(), partition: 0, offset: 3, metadata: 'mine' },
  ]);
  expect(status().concerns).toContain(
    `${topic()}/0: another program commits for the group ${world.group}`,
  );
});
