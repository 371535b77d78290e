import { PassThrough } from 'node:stream';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { divertCopyData } from './divert-copy-data.ts';

const message = (type: string, content: Buffer): Buffer => {
  const bytes = Buffer.alloc(5 + content.length);
  bytes.write(type);
  bytes.writeUInt32BE(4 + content.length, 1);
  content.copy(bytes, 5);
  return bytes;
};

/** Feeds the bytes cut at the given places; what the handler and the driver got. */
const run = (bytes: Buffer, cuts: readonly number[]) => {
  const stream = new PassThrough();
  const forwarded: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => forwarded.push(Buffer.from(chunk)));
  const diverted: string[] = [];
  divertCopyData(stream, (from, start, end) => diverted.push(from.toString('hex', start, end)));
  const places = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])];
  places.sort((a, b) => a - b);
  for (let i = 1; i < places.length; i++) {
    stream.emit('data', bytes.subarray(places[i - 1], places[i]));
  }
  return { diverted, forwarded: Buffer.concat(forwarded).toString('hex') };
};

test('however the socket cuts the bytes, copy data goes to the handler and the rest to the driver, whole and in order', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(fc.constantFrom('d', 'd', 'd', 'N', 'E'), fc.uint8Array({ maxLength: 40 })),
      ),
      fc.array(fc.nat({ max: 2000 }), { maxLength: 20 }),
      (parts, cuts) => {
        const messages = parts.map(([type, content]) => message(type, Buffer.from(content)));
        const { diverted, forwarded } = run(Buffer.concat(messages), cuts);
        const copies = parts.filter(([type]) => type === 'd');
        const others = messages.filter((_, i) => parts[i]?.[0] !== 'd');
        expect(diverted).toEqual(copies.map(([, content]) => Buffer.from(content).toString('hex')));
        expect(forwarded).toBe(Buffer.concat(others).toString('hex'));
      },
    ),
  );
});
