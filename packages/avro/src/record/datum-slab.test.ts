import { expect, test } from 'vitest';
import { compileReader } from '../compiled-codec.ts';
import { FRAME_HEADER_BYTES, frameSchemaId } from '../wire-format.ts';
import { compileRecordWriter } from './compile-record-writer.ts';
import { createDatumSlab } from './datum-slab.ts';

const schema = JSON.stringify({
  type: 'record',
  name: 'R',
  fields: [{ name: 'text', type: 'string' }],
});
const write = compileRecordWriter<{ text: string }>(schema);
const read = compileReader(schema);

test('records of all sizes are framed, stay as they were written, and small ones share memory', () => {
  const slab = createDatumSlab(1_024);
  const lengths = [1, 20, 3_000, 0, 500, 400, 300, 1_000, 1_019, 100_000, 5, 5];
  const texts = lengths.map((length, index) => String.fromCharCode(97 + index).repeat(length));
  const framed = texts.map((text, index) => slab.write(index + 1, write, { text }));
  expect(framed.map((bytes) => frameSchemaId(bytes))).toEqual(texts.map((_, index) => index + 1));
  const back = framed.map((bytes) => read(bytes.subarray(FRAME_HEADER_BYTES)));
  expect(back).toEqual(texts.map((text) => ({ text })));
  expect(framed[11]!.buffer).toBe(framed[10]!.buffer);
});

test('a value that is refused leaves nothing behind', () => {
  const slab = createDatumSlab();
  const first = slab.write(1, write, { text: 'one' });
  expect(() => slab.write(1, write, { text: 5 as never })).toThrow('/text: expected string');
  const second = slab.write(1, write, { text: 'two' });
  expect(second.byteOffset).toBe(first.byteOffset + first.length);
  expect(read(second.subarray(FRAME_HEADER_BYTES))).toEqual({ text: 'two' });
});
