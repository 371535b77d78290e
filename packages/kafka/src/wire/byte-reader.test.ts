import { expect, it } from 'vitest';
import { createByteReader, readSafeInt64 } from './byte-reader.ts';
import { createByteWriter } from './byte-writer.ts';

it('reads back every field as it was written', () => {
  const written = createByteWriter(4)
    .int8(-1)
    .int16(-2)
    .int32(-3)
    .int64(-4)
    .int64(2n ** 62n)
    .boolean(true)
    .string('größe')
    .string(null)
    .bytes(Buffer.from([1, 2]))
    .bytes(null)
    .compactString('x'.repeat(200))
    .compactString(null)
    .noTags();
  const reader = createByteReader(written.finish());
  expect([reader.int8(), reader.int16(), reader.int32(), reader.int64()]).toEqual([-1, -2, -3, -4]);
  expect(reader.bigint64()).toBe(2n ** 62n);
  expect([reader.boolean(), reader.string(), reader.string()]).toEqual([true, 'größe', null]);
  expect([reader.bytes(), reader.bytes()]).toEqual([Buffer.from([1, 2]), null]);
  expect([reader.compactString(), reader.compactString()]).toEqual(['x'.repeat(200), null]);
  reader.skipTags();
});

it('reads back every field wherever the buffer had to grow', () => {
  for (let initialBytes = 1; initialBytes <= 64; initialBytes += 1) {
    const writer = createByteWriter(initialBytes);
    for (let length = 0; length < 8; length += 1) writer.compactString('x'.repeat(length));
    writer.compactArray([1, 2, 3], (item) => writer.int8(item)).compactString('y'.repeat(300));
    const reader = createByteReader(writer.finish());
    for (let length = 0; length < 8; length += 1)
      expect(reader.compactString()).toHaveLength(length);
    expect(reader.compactArray(() => reader.int8())).toEqual([1, 2, 3]);
    expect(reader.compactString()).toBe('y'.repeat(300));
  }
});

it('refuses an offset that a number cannot hold exactly (T20)', () => {
  const buffer = Buffer.alloc(8);
  buffer.writeBigInt64BE(2n ** 53n - 1n);
  expect(readSafeInt64(buffer, 0)).toBe(Number.MAX_SAFE_INTEGER);
  buffer.writeBigInt64BE(2n ** 53n);
  expect(() => readSafeInt64(buffer, 0)).toThrow(
    expect.objectContaining({ code: 'kafka.protocol-error' }),
  );
});
