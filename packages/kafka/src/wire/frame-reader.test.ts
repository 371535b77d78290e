import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createFrameReader } from './frame-reader.ts';

const framed = (payload: Uint8Array): Buffer => {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(payload.length);
  return Buffer.concat([size, payload]);
};

test('answers come out whole and alone, wherever the stream is cut, though its buffer is used again', () => {
  const payloads = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 });
  const cuts = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(payloads, cuts, (sent, lengths) => {
      const stream = Buffer.concat(sent.map(framed));
      const received: Buffer[] = [];
      const read = createFrameReader((frame) => received.push(frame));
      const reused = Buffer.alloc(200);
      for (let at = 0, turn = 0; at < stream.length; turn += 1) {
        const length = lengths[turn % lengths.length]!;
        const copied = stream.copy(reused, 0, at, at + length);
        read(reused.subarray(0, copied));
        reused.fill(0xff);
        at += copied;
      }
      expect(received.map((frame) => [...frame])).toEqual(sent.map((payload) => [...payload]));
    }),
  );
});

test('a size that no answer has is refused before memory is taken for it', () => {
  const read = createFrameReader(() => undefined);
  expect(() => read(Buffer.from('HTTP/1.1 400 Bad Request'))).toThrow('none of Kafka');
});
