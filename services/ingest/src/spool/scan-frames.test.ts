import { shareHeaders } from '@millrace/kafka';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { scanFrames } from './scan-frames.ts';
import { decodeFrame, encodeFrame, frameBytes, type SpoolFrame } from './spool-frame.ts';

const salt = 0x5a17_0042;

const bytes = fc.uint8Array({ maxLength: 40 }).map((value) => Buffer.from(value));
const record = fc.record({
  key: fc.option(bytes),
  value: fc.option(bytes),
  headers: fc.dictionary(fc.string({ maxLength: 6 }), bytes, { maxKeys: 3 }),
  timestampMs: fc.integer({ min: 0, max: 2 ** 42 }),
});
const content = fc.record({
  takenMs: fc.integer({ min: 0, max: 2 ** 42 }),
  partition: fc.nat(1000),
  records: fc.array(record, { maxLength: 4 }),
});
const frames = fc
  .array(content, { minLength: 1, maxLength: 6 })
  .map((all): SpoolFrame[] => all.map((one, index) => ({ ...one, sequence: 10 + index * 2 })));

const segmentOf = (all: readonly SpoolFrame[]) => {
  const encoded = all.map((frame) => encodeFrame(frame, salt));
  let end = 0;
  return { segment: Buffer.concat(encoded), ends: encoded.map(({ length }) => (end += length)) };
};
const found = (segment: Buffer) => scanFrames(segment, salt).frames.map(({ sequence }) => sequence);

test('what is written is read back, field by field, and takes the bytes that were announced', () => {
  fc.assert(
    fc.property(frames, (all) => {
      const { segment } = segmentOf(all);
      const scan = scanFrames(segment, salt);
      expect(scan).toMatchObject({ damaged: [], end: segment.length });
      expect(scan.frames.map(({ start }) => decodeFrame(segment, start))).toEqual(
        all.map((frame) => ({
          ...frame,
          records: frame.records.map((one) => ({ ...one, headers: { ...one.headers } })),
        })),
      );
      const sum = all.reduce((total, frame) => total + frameBytes(frame.records), 0);
      expect(segment.length).toBe(sum);
    }),
  );
});

test('headers that records share are written with each of them: the disk outlives what they were shared by', () => {
  const sharedHeaders = shareHeaders({ ce_type: 'shop.orders' });
  const records = [{ key: null, value: null, headers: { ce_id: 'one' }, sharedHeaders }];
  const frame = encodeFrame({ sequence: 1, takenMs: 5, partition: 0, records }, salt);
  expect(frame.length).toBe(frameBytes(records));
  expect(decodeFrame(frame, 0).records[0]!.headers).toEqual({
    ce_id: Buffer.from('one'),
    ce_type: Buffer.from('shop.orders'),
  });
});

test('a write torn off at any byte loses the unfinished frame alone, and is no damage', () => {
  fc.assert(
    fc.property(
      frames,
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.nat(64),
      (all, at, zeros) => {
        const { segment, ends } = segmentOf(all);
        const cut = Math.floor(at * segment.length);
        const whole = ends.filter((end) => end <= cut);
        const torn = Buffer.concat([segment.subarray(0, cut), Buffer.alloc(zeros)]);
        const scan = scanFrames(torn, salt);
        expect(scan.frames.slice(0, whole.length).map(({ end }) => end)).toEqual(whole);
        // Zeros behind a frame that had begun may complete it; else nothing more is found, and nothing is told.
        if (zeros === 0 || cut === (whole.at(-1) ?? 0)) {
          expect(scan).toMatchObject({ damaged: [], end: whole.at(-1) ?? 0 });
          expect(scan.frames).toHaveLength(whole.length);
        }
      },
    ),
  );
});

test('a flipped bit costs the frame that holds it, which is told, and no other', () => {
  fc.assert(
    fc.property(frames, fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(7), (all, at, bit) => {
      const { segment, ends } = segmentOf(all);
      const position = Math.min(segment.length - 1, Math.floor(at * segment.length));
      segment[position]! ^= 1 << bit;
      const hit = ends.findIndex((end) => position < end);
      expect(found(segment)).toEqual(
        all.filter((_, index) => index !== hit).map(({ sequence }) => sequence),
      );
      expect(scanFrames(segment, salt).damaged).toEqual([
        { from: ends[hit - 1] ?? 0, to: ends[hit] },
      ]);
    }),
  );
});

test('an event that holds the bytes of a frame does not bring that frame to life when its own is damaged', () => {
  const inner = encodeFrame({ sequence: 99, takenMs: 0, partition: 0, records: [] }, 0);
  const outer = encodeFrame(
    { sequence: 1, takenMs: 0, partition: 0, records: [{ key: null, value: inner }] },
    salt,
  );
  outer[30]! ^= 1;
  expect(scanFrames(outer, salt)).toMatchObject({ frames: [], damaged: [{ from: 0 }] });
});

test('a frame of an earlier time that stands behind damage is not taken for a new one', () => {
  const { segment, ends } = segmentOf([
    { sequence: 5, takenMs: 0, partition: 0, records: [] },
    { sequence: 6, takenMs: 0, partition: 0, records: [] },
    { sequence: 4, takenMs: 0, partition: 0, records: [] },
  ]);
  segment[ends[0]! + 2]! ^= 1;
  expect(found(segment)).toEqual([5]);
});
