import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  HEAD_BYTES_MAX,
  isMarker,
  markerValue,
  PAYLOAD,
  type RepartitionHead,
  readHead,
  readMarker,
  writeHead,
} from './repartition-records.ts';

const timeMs = fc.integer({ min: -2e15, max: 2e15 });

test('time and watermark of a record come back, up to the year 65,000', () => {
  fc.assert(
    fc.property(
      timeMs,
      fc.oneof(timeMs, fc.constant(Number.NEGATIVE_INFINITY)),
      fc.constantFrom(...Object.values(PAYLOAD)),
      (time, watermark, payload) => {
        const bytes = Buffer.alloc(3 + HEAD_BYTES_MAX);
        const end = writeHead(bytes, 3, payload, time, watermark);
        const head = {} as RepartitionHead;
        expect(isMarker(bytes, 3)).toBe(false);
        readHead(bytes, 3, Math.max(0, time), head);
        expect(head).toEqual({ payload, timeMs: time, watermarkMs: watermark, start: end });
      },
    ),
  );
});

test('a marker says whose it is and how far its sender has come', () => {
  for (const [sender, watermarkMs] of [
    [0, Number.NEGATIVE_INFINITY],
    [70_000, 1.7e12],
  ] as const) {
    const value = markerValue(sender, { watermarkMs, status: 'idle' });
    expect(isMarker(value, 0)).toBe(true);
    expect(readMarker(value, 0)).toEqual({ sender, marker: { watermarkMs, status: 'idle' } });
  }
});
