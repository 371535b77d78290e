import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NO_WATERMARK } from '../flow.ts';
import { createOriginClock } from './origin-clock.ts';
import { createTaskWatermark, type WatermarkInput } from './task-watermark.ts';

const source = (disorderMs = 0): WatermarkInput => ({ kind: 'source', disorderMs });
const idling = (action: 'leave' | 'advance' | 'close', disorderMs = 0): WatermarkInput => ({
  kind: 'source',
  disorderMs,
  idle: { afterMs: 30, action },
});

describe('the watermark of a task', () => {
  test('is the lowest of its inputs, each its highest time less the disorder allowed', () => {
    const task = createTaskWatermark([source(5), source(0)], { nowMs: 0 });
    expect(task.read(0, 100, 0)).toBe(NO_WATERMARK);
    expect(task.advance(0)).toBe(NO_WATERMARK);
    task.read(1, 50, 0);
    expect(task.read(0, 90, 0)).toBe(95);
    expect(task.advance(0)).toBe(50);
    task.read(1, 200, 0);
    expect(task.advance(0)).toBe(95);
  });

  test('waits for every sender of a repartition topic, and does not fall when one does', () => {
    const task = createTaskWatermark([{ kind: 'repartition', senders: 2 }], { nowMs: 0 });
    task.mark(0, 0, { watermarkMs: 70, status: 'active' });
    expect(task.advance(0)).toBe(NO_WATERMARK);
    task.mark(0, 1, { watermarkMs: 40, status: 'active' });
    task.mark(0, 1, { watermarkMs: 30, status: 'active' });
    expect(task.advance(0)).toBe(40);
    expect(task.marker(15)).toEqual({ watermarkMs: 25, status: 'active' });
  });

  test('goes on after a restart where it was, and judges records as before', () => {
    const inputs = [source(5), { kind: 'repartition', senders: 2 } as const];
    const before = createTaskWatermark(inputs, { nowMs: 0 });
    before.read(0, 100, 0);
    before.mark(1, 0, { watermarkMs: 70, status: 'active' });
    before.mark(1, 1, { watermarkMs: 60, status: 'idle' });
    before.advance(0);
    const after = createTaskWatermark(inputs, { nowMs: 9, state: before.state() });
    expect(after.watermarkMs()).toBe(70);
    expect(after.read(0, 90, 9)).toBe(95);
    expect(after.state()).toEqual(before.state());
  });
});

test('an input that says nothing of event time is neither waited for nor followed', () => {
  const inputs: WatermarkInput[] = [
    idling('close'),
    { kind: 'source', disorderMs: 0, untimed: true },
    { kind: 'repartition', senders: 2, untimed: true },
  ];
  const task = createTaskWatermark(inputs, { nowMs: 0, closeAheadMs: 7 });
  task.read(1, 9_000, 0);
  task.read(0, 100, 0);
  task.mark(2, 0, { watermarkMs: 5_000, status: 'idle' });
  expect(task.advance(29)).toBe(100);
  expect(task.advance(30)).toBe(107);
  const after = createTaskWatermark(inputs, { nowMs: 0, state: task.state() });
  expect(after.state()).toEqual(task.state());
});

describe('an idle input', () => {
  test('is left out after its time, and one with records still to be read is not idle', () => {
    const task = createTaskWatermark([idling('leave'), idling('leave')], { nowMs: 0 });
    task.read(0, 100, 0);
    task.read(1, 10, 0);
    task.read(0, 200, 20);
    task.waiting(1, 20);
    expect(task.advance(49)).toBe(10);
    task.read(0, 200, 49);
    expect(task.advance(50)).toBe(200);
  });

  test('that comes back is judged by what has closed meanwhile', () => {
    const task = createTaskWatermark([idling('leave'), idling('leave')], { nowMs: 0 });
    task.read(1, 10, 0);
    task.read(0, 200, 29);
    task.advance(30);
    expect(task.watermarkMs()).toBe(200);
    expect(task.read(1, 60, 31)).toBe(200);
    expect(task.advance(31)).toBe(200);
    expect(task.received(150)).toBe(200);
    expect(task.received(250)).toBe(250);
  });

  test('and all others, too: event time is the highest of them and goes no further', () => {
    const task = createTaskWatermark([idling('leave'), idling('leave')], { nowMs: 0 });
    task.read(0, 100, 0);
    task.read(1, 10, 0);
    expect(task.advance(1_000)).toBe(100);
    expect(task.marker(0)).toEqual({ watermarkMs: 100, status: 'idle' });
  });

  test('and all others, with advance: event time goes on as the clock has since the last record', () => {
    const task = createTaskWatermark([idling('advance'), idling('advance')], { nowMs: 0 });
    task.read(0, 100, 0);
    task.read(1, 80, 10);
    expect(task.advance(39)).toBe(80);
    expect(task.advance(40)).toBe(130);
    expect(task.advance(1_010)).toBe(1_100);
  });

  test('and all others, with close: event time goes to where nothing stays open, and no further', () => {
    const task = createTaskWatermark([idling('close', 20)], { nowMs: 0, closeAheadMs: 70 });
    task.read(0, 100, 0);
    expect(task.advance(29)).toBe(80);
    expect(task.advance(30)).toBe(170);
    expect(task.advance(5_000)).toBe(170);
    expect(task.marker(0)).toEqual({ watermarkMs: 170, status: 'closed' });
    expect(task.read(0, 110, 5_000)).toBe(170);
    expect(task.advance(5_000)).toBe(170);
    expect(task.marker(0).status).toBe('active');
  });

  test('of a repartition: receivers close when every sender has closed', () => {
    const task = createTaskWatermark([{ kind: 'repartition', senders: 2 }], {
      nowMs: 0,
      closeAheadMs: 70,
    });
    task.mark(0, 0, { watermarkMs: 100, status: 'closed' });
    task.mark(0, 1, { watermarkMs: 40, status: 'idle' });
    expect(task.advance(0)).toBe(100);
    task.mark(0, 1, { watermarkMs: 40, status: 'closed' });
    expect(task.advance(0)).toBe(170);
  });

  test('that never had a record holds nothing back for longer than its time', () => {
    const task = createTaskWatermark([idling('close'), idling('close')], { nowMs: 0 });
    task.read(0, 100, 29);
    expect(task.advance(29)).toBe(NO_WATERMARK);
    expect(task.advance(30)).toBe(100);
    const empty = createTaskWatermark([idling('close')], { nowMs: 0, closeAheadMs: 5 });
    expect(empty.advance(99)).toBe(NO_WATERMARK);
    expect(empty.marker(0)).toEqual({ watermarkMs: NO_WATERMARK, status: 'closed' });
  });

  test('read to the end of a replay is not waited for', () => {
    const task = createTaskWatermark([source(), source()], { nowMs: 0 });
    task.read(0, 100, 0);
    task.ended(1);
    expect(task.advance(0)).toBe(100);
    task.ended(0);
    expect(task.advance(9_999)).toBe(100);
  });

  test('read to the end of a replay that closes: nothing stays open', () => {
    const task = createTaskWatermark([source(20), source()], { nowMs: 0, closeAheadMs: 70 });
    task.read(0, 100, 0);
    task.ended(0, true);
    expect(task.advance(0)).toBe(NO_WATERMARK);
    task.ended(1, true);
    expect(task.advance(0)).toBe(170);
    expect(task.marker(0).status).toBe('closed');
  });

  test('says nothing of event time before the first record', () => {
    const task = createTaskWatermark([source()], { nowMs: 0 });
    task.advance(0);
    expect(task.marker(Number.NaN)).toEqual({ watermarkMs: NO_WATERMARK, status: 'active' });
  });
});

describe('without idleness', () => {
  const partitions = fc.array(fc.array(fc.nat(1_000), { maxLength: 20 }), {
    minLength: 1,
    maxLength: 4,
  });
  const choices = fc.infiniteStream(fc.nat(99));

  test('a record is judged by its own partition alone, and never meets a window that it is in time for closed', () => {
    fc.assert(
      fc.property(partitions, fc.nat(50), choices, (records, disorderMs, choose) => {
        const task = createTaskWatermark(
          records.map(() => source(disorderMs)),
          { nowMs: 0 },
        );
        const clocks = records.map(() => createOriginClock(disorderMs));
        const rest = records.map((times) => [...times]);
        while (rest.some((times) => times.length > 0)) {
          const open = rest.flatMap((times, index) => (times.length > 0 ? [index] : []));
          const input = open[choose.next().value % open.length]!;
          const timeMs = rest[input]!.shift()!;
          const judged = task.read(input, timeMs, 0);
          expect(judged).toBe(clocks[input]!.see(timeMs));
          expect(task.watermarkMs()).toBeLessThanOrEqual(judged);
          if (choose.next().value % 2 === 0) task.advance(0);
        }
        const reached = records.map((times) => Math.max(NO_WATERMARK, ...times) - disorderMs);
        expect(task.advance(0)).toBe(Math.min(...reached));
      }),
    );
  });

  test('a restart anywhere changes nothing', () => {
    fc.assert(
      fc.property(partitions, fc.nat(50), choices, (records, disorderMs, choose) => {
        const inputs = records.map(() => source(disorderMs));
        const whole = createTaskWatermark(inputs, { nowMs: 0 });
        let restarted = createTaskWatermark(inputs, { nowMs: 0 });
        records.forEach((times, input) => {
          for (const timeMs of times) {
            expect(restarted.read(input, timeMs, 0)).toBe(whole.read(input, timeMs, 0));
            expect(restarted.advance(0)).toBe(whole.advance(0));
            if (choose.next().value % 3 > 0) continue;
            restarted = createTaskWatermark(inputs, { nowMs: 0, state: restarted.state() });
          }
        });
      }),
    );
  });
});
