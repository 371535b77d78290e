/**
 * The commands that ask the quality service, and those that shut streams, at real services: what they print, their exit codes, and that what
 * they order is done. What the service finds is tested beside it.
 */
import {
  createOperationsClient,
  type DeadLetterPage,
  type FloodReport,
  type GatesReport,
  type RedriveReport,
  type RuleHistory,
  type RunReport,
} from '@millrace/operations';
import {
  createFlightsWorld,
  type FlightsWorld,
  type ServiceProcess,
  stackUnderTest,
  startService,
} from '@millrace/testkit';
import type { Command } from 'commander';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { deadCommand } from '../dead/command.ts';
import { qualityCommand } from '../quality/command.ts';
import { streamCommand } from '../stream/command.ts';

const FLOOD = 100;
const patient = { timeout: 120_000, interval: 100 } as const;
let world: FlightsWorld;
let sink: ServiceProcess;
let quality: ServiceProcess;

const garbage = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ key: null, value: Buffer.from(`bad ${index}`) }));
const topic = () => world.contract.topic.name;
const stream = () => world.contract.id;

beforeAll(async () => {
  world = await createFlightsWorld(stackUnderTest(), { partitions: 2 });
  const good = Array.from({ length: 20 }, (_, index) => world.departure(index));
  await world.producer.send([
    { topic: topic(), partition: 0, records: [...garbage(2), ...good] },
    { topic: topic(), partition: 1, records: garbage(FLOOD) },
  ]);
  [sink, quality] = await Promise.all([
    startService('sink', { ...world.env, MILLRACE_SINK_FLOOD_RECORDS: '10' }),
    startService('quality', { ...world.env, MILLRACE_QUALITY_DEAD_INTERVAL: '200ms' }),
  ]);
  await Promise.all([sink.ready(), quality.ready()]);
  for (const [name, value] of Object.entries({ ...world.env, MILLRACE_QUALITY_URL: quality.url }))
    vi.stubEnv(name, value);
  await vi.waitFor(async () => expect((await world.landed()).rows).toBe(20), patient);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await Promise.all([sink?.stop(), quality?.stop()]);
  await world?.drop();
});

/** Runs a command here; its answer is what it printed and the exit code that it leaves. */
const run = async (command: Command, ...args: readonly string[]) => {
  const before = process.exitCode;
  process.exitCode = 0;
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    await command.parseAsync(args, { from: 'user' });
    const text = write.mock.calls.map(([chunk]) => String(chunk)).join('');
    return { text, code: process.exitCode };
  } finally {
    write.mockRestore();
    process.exitCode = before;
  }
};
const dead = (...args: readonly string[]) => run(deadCommand(), ...args);
const rules = (...args: readonly string[]) => run(qualityCommand(), ...args);
const gate = (...args: readonly string[]) => run(streamCommand(), ...args);
const json = async <T>(answer: Promise<{ text: string }>): Promise<T> =>
  JSON.parse((await answer).text) as T;
const letters = async (...args: readonly string[]) =>
  (
    await json<DeadLetterPage>(
      dead('list', '--topic', topic(), '--limit', '1000', '--json', ...args),
    )
  ).letters;

test('quality run measures now and exits with 1 when a rule fails; rules and results tell the same', async () => {
  const all = await rules('run', stream());
  expect(all.code).toBe(1);
  expect(all.text).toMatch(/not-to-itself.*failed/);
  const { results } = await json<RunReport>(
    rules('run', stream(), '--rule', 'some-rows', '--json'),
  );
  expect(results).toMatchObject([{ outcome: 'passed', measured: 20 }]);
  expect((await rules('run', stream(), '--rule', 'some-rows')).code).toBe(0);

  const listed = await rules('rules', stream());
  expect(listed.code).toBe(1);
  expect(listed.text).toMatch(/some-rows +passed/);
  const kept = async () =>
    (await json<RuleHistory>(rules('results', stream(), '--rule', 'some-rows', '--json'))).results;
  await expect
    .poll(async () => (await kept()).map(({ id }) => id), patient)
    .toContain(results[0]!.id);
  expect((await rules('results', stream(), '--rule', 'some-rows')).text).toContain('passed');
  await expect(rules('run', 'no.such')).rejects.toMatchObject({ code: 'operations.unknown' });
});

test('dead list, show and reasons tell the letters, and a dry run which of them would be sent', async () => {
  await expect.poll(async () => (await letters()).length, patient).toBe(2);
  const ids = (await letters()).map(({ id }) => id);
  expect((await dead('list', '--topic', topic())).text).toContain('sink.record-unframed');
  expect((await dead('show', ids.at(-1)!)).text).toMatch(/value:\nbad [01]$/m);
  expect((await dead('reasons', '--topic', topic())).text).toMatch(/sink.record-unframed +2 /);

  const dry = await dead('redrive', '--topic', topic(), '--reason', 'again', '--dry-run');
  expect(dry).toMatchObject({ code: 0, text: expect.stringMatching(/^2 of 2 letters would be/) });
  expect((await letters('--state', 'redriven')).length).toBe(0);
});

test('a flood waits until a person accepts its letters; a redrive of them is stopped after its batch', async () => {
  const floods = async () =>
    (await json<FloodReport>(dead('floods', '--json'))).floods.filter(
      (one) => one.topic === topic(),
    );
  await expect
    .poll(floods, patient)
    .toMatchObject([{ service: 'sink', partition: 1, code: 'sink.record-unframed' }]);
  expect(await letters()).toHaveLength(2);
  expect((await dead('floods')).text).toContain(topic());
  await dead('accept', 'sink', topic(), '--reason', 'a sender of tests', '--minutes', '5');
  await expect.poll(async () => (await letters()).length, patient).toBe(2 + FLOOD);
  await expect.poll(floods, patient).toEqual([]);

  const order = ['redrive', '--topic', topic(), '--reason', 'again', '--rate', '1'] as const;
  const begun = await json<RedriveReport>(dead(...order, '--no-wait', '--json'));
  expect(begun).toMatchObject({ state: 'running', matched: 2 + FLOOD });
  const report = () =>
    createOperationsClient({ url: quality.url }).get<RedriveReport>(
      `/dead-letters/redrives/${begun.id}`,
    );
  const tried = async () => (await report()).refused.reduce((sum, { count }) => sum + count, 0);
  await expect.poll(tried, patient).toBeGreaterThan(0);
  expect((await dead('stop', begun.id)).text).toContain(begun.id);
  await expect.poll(async () => (await report()).state, patient).toBe('stopped');
  expect(await tried()).toBeLessThan(2 + FLOOD);
  // one a second, also of those that are refused again; the rest after the last was cut short
  const { startedMs, endedMs } = await report();
  expect(endedMs! - startedMs).toBeGreaterThanOrEqual(((await tried()) - 1) * 990);
  expect((await dead('redrives')).text).toContain(`${begun.id}  stopped`);
  await expect(dead('stop', begun.id)).rejects.toMatchObject({ code: 'operations.unknown' });
});

test('stream stop shuts a stream, list exits with 1 as long as one is shut, resume opens it', async () => {
  expect((await gate('list')).code).toBe(0);
  expect((await gate('stop', stream(), '--reason', 'a bad sender')).text).toContain('is stopped');
  const shut = await gate('list');
  expect(shut.code).toBe(1);
  expect(shut.text).toMatch(new RegExp(`${stream()} +stopped .*a bad sender`));
  const seen = async () =>
    (await createOperationsClient({ url: quality.url }).get<GatesReport>('/quality/gates')).gates;
  await expect.poll(seen, patient).toMatchObject([{ contract: stream(), state: 'stopped' }]);
  await gate('quarantine', stream(), '--reason', 'looking');
  await expect.poll(seen, patient).toMatchObject([{ state: 'quarantine', reason: 'looking' }]);
  await gate('resume', stream());
  await expect.poll(seen, patient).toMatchObject([{ state: 'open' }]);
  expect((await gate('list')).code).toBe(0);
  await expect(gate('stop', `${stream()}x`, '--reason', 'r')).rejects.toMatchObject({
    ...{ code: 'operations.stream-unknown', message: expect.stringContaining(stream()) },
  });
});
