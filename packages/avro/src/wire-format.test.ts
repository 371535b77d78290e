import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FRAME_HEADER_BYTES, frame, frameSchemaId } from './wire-format.ts';

test('a frame is a zero byte, the id in big endian, the datum', () => {
  expect(frame(258, Buffer.from('ab')).toString('hex')).toBe('00000001026162');
});

test('the schema id comes back out of a frame', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 31 - 1 }), fc.uint8Array(), (id, datum) => {
      const framed = frame(id, Buffer.from(datum));
      expect(frameSchemaId(framed)).toBe(id);
      expect(framed.subarray(FRAME_HEADER_BYTES)).toEqual(Buffer.from(datum));
    }),
  );
});

test('bytes that are not framed have no schema id', () => {
  for (const hex of [
    '',
    '00',
    '00000001',
    '0100000001',
    '7b2261223a317d',
    '0000000000',
    '00ffffffff',
  ]) {
    expect(frameSchemaId(Buffer.from(hex, 'hex'))).toBeUndefined();
  }
});
