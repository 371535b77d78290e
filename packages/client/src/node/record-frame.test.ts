import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bodyOffset, frame, readFrames } from './record-frame.ts';

const records = fc.array(
  fc.record({ head: fc.record({ key: fc.string() }), body: fc.string({ unit: 'grapheme' }) }),
  {
    maxLength: 8,
  },
);
const written = (all: readonly { head: object; body: string }[]) =>
  Buffer.concat(all.map(({ head, body }) => frame(head, body)));
const read = (bytes: Buffer) => {
  const { frames, damagedBytes } = readFrames<{ key: string }>(bytes);
  const texts = frames.map(({ head, bodyAt, bodyBytes }) => ({
    head,
    body: bytes.toString('utf8', bodyAt, bodyAt + bodyBytes),
  }));
  return { texts, damagedBytes };
};

test('records come back as they were written', () => {
  fc.assert(
    fc.property(records, (all) => {
      expect(read(written(all))).toEqual({ texts: all, damagedBytes: 0 });
    }),
  );
});

test('a file that was cut off anywhere gives the records before the cut', () => {
  fc.assert(
    fc.property(records, fc.nat(), (all, seed) => {
      const bytes = written(all);
      const cut = bytes.subarray(0, seed % (bytes.length + 1));
      const { texts, damagedBytes } = read(cut);
      expect(texts).toEqual(all.slice(0, texts.length));
      const whole = written(all.slice(0, texts.length)).length;
      expect(damagedBytes).toBe(cut.length - whole);
      expect(
        whole + written(all.slice(texts.length, texts.length + 1)).length,
      ).toBeGreaterThanOrEqual(cut.length);
    }),
  );
});

test('a flipped bit costs its own record, and makes up none', () => {
  fc.assert(
    fc.property(records, fc.nat(), fc.integer({ min: 0, max: 7 }), (all, seed, bit) => {
      const bytes = written(all);
      if (bytes.length === 0) return;
      const at = seed % bytes.length;
      bytes[at] = bytes[at]! ^ (1 << bit);
      const damaged = all.findIndex((_, index) => at < written(all.slice(0, index + 1)).length);
      expect(read(bytes).texts).toEqual(all.filter((_, index) => index !== damaged));
    }),
  );
});

test('a body begins behind its head', () => {
  const head = { key: 'ü' };
  expect(frame(head, 'body').toString('utf8', bodyOffset(head))).toBe('body');
});
