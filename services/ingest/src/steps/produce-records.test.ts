import { MillraceError } from '@millrace/contracts';
import { type Clock, type Logger, silentLogger } from '@millrace/pipeline';
import { expect, test } from 'vitest';
import type { Delivery } from '../event-request.ts';
import type { EventOutputs } from '../outputs.ts';
import { PartitionWrite, PartitionWrites } from '../partition-writes.ts';
import type { Stream } from '../stream.ts';
import { createEventWindow } from '../window/event-window.ts';
import { createProduceRecordsStep } from './produce-records.ts';

/** A clock whose sleeps end when the test says so. */
const createHeldClock = () => {
  let wake = () => {};
  const clock: Clock = {
    nowMs: () => 0,
    sleep: () =>
      new Promise((resolve) => {
        wake = resolve;
      }),
  };
  return { clock, timeIsUp: () => wake() };
};

const begin = (append: EventOutputs['append'], logger: Logger = silentLogger) => {
  const window = createEventWindow(100);
  const unsettled: unknown[] = [];
  const { clock, timeIsUp } = createHeldClock();
  const outputs = {
    append,
    settleLater: (_stream: Stream, write: unknown) => unsettled.push(write),
  } as unknown as EventOutputs;
  const write = new PartitionWrite(0, window.open());
  write.add({ key: null, value: null }, 0);
  const writes = new PartitionWrites();
  writes.add(write);
  window.claim('id', write.pending);
  const delivery = {
    request: { stream: { topic: 'events.a.b', window } },
    writes,
  } as unknown as Delivery;
  const step = createProduceRecordsStep({ outputs, clock, logger, acknowledgeTimeoutMs: 1000 });
  return { report: step(delivery), window, write, unsettled, timeIsUp };
};
const again = ({ window }: ReturnType<typeof begin>) => window.claim('id', window.open());

test('an acknowledged write has no failure, and its ids are known from then on', async () => {
  const world = begin(async () => undefined);
  const { failures, settled } = await world.report;
  expect(failures.size).toBe(0);
  expect(settled).toBeUndefined();
  expect(again(world)).toBe('written');
});

test('a write that surely failed is forgotten, so that its events can be sent again', async () => {
  const world = begin(async () => {
    throw new MillraceError('kafka.unavailable', 'away', { retryable: true });
  });
  expect((await world.report).failures.get(world.write)).toMatchObject({
    code: 'ingest.kafka-unavailable',
  });
  expect(again(world)).toBe('new');
});

test('a write whose outcome is unknown stays claimed and is handed on to be settled', async () => {
  const world = begin(async () => {
    throw new MillraceError('kafka.write-outcome-unknown', '?', { retryable: true });
  });
  await world.report;
  expect(world.unsettled).toEqual([world.write.pending]);
  expect(again(world)).toMatchObject({ number: world.write.pending.number });
});

test('a sender is answered when the time is up, and the write settles later', async () => {
  const kafka = Promise.withResolvers<undefined>();
  const world = begin(() => kafka.promise);
  world.timeIsUp();
  const { failures, settled } = await world.report;
  expect(failures.get(world.write)).toMatchObject({ code: 'ingest.kafka-unavailable' });
  expect(again(world)).toMatchObject({ number: world.write.pending.number });
  kafka.resolve(undefined);
  await settled;
  expect(again(world)).toBe('written');
});

test('a refusal for good needs a person: it is logged and answered as such', async () => {
  const logged: string[] = [];
  const logger = { ...silentLogger, error: (_: object, message: string) => logged.push(message) };
  const world = begin(async () => {
    throw new MillraceError('kafka.unknown-topic', 'gone');
  }, logger);
  expect((await world.report).failures.get(world.write)).toMatchObject({
    code: 'ingest.kafka-refused',
  });
  expect(logged).toEqual(['Kafka refuses records']);
});

test('a write that went onto the disk is accepted, told apart, and held until the producer lets go of it', async () => {
  const producer = Promise.withResolvers<void>();
  const world = begin(async () => ({ way: 'spool', settled: producer.promise }));
  const { failures, spooled, settled } = await world.report;
  expect(failures.size).toBe(0);
  expect(spooled.has(world.write)).toBe(true);
  expect(again(world)).toBe('written');
  let free = false;
  void settled?.then(() => {
    free = true;
  });
  await new Promise(setImmediate);
  expect(free).toBe(false);
  producer.resolve();
  await settled;
});

test('a full spool is told as such, and the event can be sent again', async () => {
  const world = begin(async () => {
    throw new MillraceError('ingest.spool-full', 'the spool is full', { retryable: true });
  });
  expect((await world.report).failures.get(world.write)).toMatchObject({
    code: 'ingest.spool-full',
  });
  expect(again(world)).toBe('new');
});
