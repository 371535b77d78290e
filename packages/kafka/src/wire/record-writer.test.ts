import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rowsOfPacks } from '../record-rows.ts';
import type { OutgoingRecord, WrittenRecords } from '../records.ts';
import { readBatchHeader } from './record-batch-decoder.ts';
import { encodeRecordBatch, stampBatch } from './record-batch-encoder.ts';
import { createRecordPacker } from './record-packs.ts';
import { createBatchMemory, createRecordWriter, type RecordWriter } from './record-writer.ts';

const write = (writer: RecordWriter, { key, value, timestampMs, headers }: OutgoingRecord) => {
  const at = writer.begin(key, key?.length ?? 0, timestampMs!);
  if (value === null) return writer.end(-1, headers);
  while (at + value.length > writer.buffer.length) writer.grow();
  value.copy(writer.buffer, at);
  return writer.end(at + value.length, headers);
};

const rowsOf = ({ batches }: WrittenRecords) =>
  batches.flatMap(({ bytes }) => {
    stampBatch(bytes, { producerId: 1n, producerEpoch: 0, baseSequence: 0, transactional: true });
    const packer = createRecordPacker(0);
    packer.add(bytes, readBatchHeader(bytes, 0)!);
    return [...rowsOfPacks(packer.finish())].map(({ key, value, timestampMs, headers }) => ({
      ...{ key, value, timestampMs },
      headers: Object.entries(headers).map(([name, one]) => [name, one.toString()]),
    }));
  });

const bytesUpTo = (max: number) =>
  fc.oneof(fc.uint8Array({ maxLength: 70 }), fc.uint8Array({ minLength: max, maxLength: max }));
const record: fc.Arbitrary<OutgoingRecord> = fc.record({
  key: fc.option(bytesUpTo(200).map((bytes) => Buffer.from(bytes))),
  value: fc.option(bytesUpTo(9_000).map((bytes) => Buffer.from(bytes))),
  timestampMs: fc.integer({ min: 0, max: 4e12 }),
  headers: fc.dictionary(fc.string({ maxLength: 5 }), fc.string({ maxLength: 80 }), { maxKeys: 2 }),
});

test('the bytes are those of the encoder, whatever lengths take', () => {
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 12 }), (records) => {
      const writer = createRecordWriter();
      for (const one of records) write(writer, one);
      expect(writer.length).toBe(records.length);
      const { length, batches } = writer.take();
      const encoding = { records, from: 0, batchBytesMax: Number.POSITIVE_INFINITY, nowMs: 0 };
      expect(length).toBe(records.length);
      expect(batches).toHaveLength(1);
      // What is stamped when a batch is sent, from the checksum on, is open in both.
      const open = (bytes: Buffer) => Buffer.from(bytes).fill(0, 17, 21).fill(0, 43, 57);
      expect(open(batches[0]!.bytes).equals(open(encodeRecordBatch(encoding).bytes))).toBe(true);
      expect(writer.length).toBe(0);
    }),
  );
});

test('records that are taken back leave no trace, also across a batch that was closed', () => {
  const writer = createRecordWriter();
  const of = (n: number): OutgoingRecord => ({
    ...{ key: Buffer.from(`k${n}`), value: Buffer.alloc(200_000, n), timestampMs: n },
  });
  const sizes = [1, 2, 3, 4, 5].map((n) => write(writer, of(n)));
  expect([writer.undo(), writer.undo(), writer.undo()]).toEqual(sizes.slice(2).reverse());
  for (const n of [6, 7, 8]) write(writer, of(n));
  const taken = writer.take();
  expect(taken.length).toBe(5);
  expect(taken.batches.length).toBeGreaterThan(1);
  expect(rowsOf(taken).map(({ timestampMs, value }) => [timestampMs, value?.[0]])).toEqual(
    [1, 2, 6, 7, 8].map((n) => [n, n]),
  );
});

test('memory of batches that are sent is used again, up to what may be kept', () => {
  const memory = createBatchMemory(2_000_000);
  const writer = createRecordWriter(memory);
  const large = { key: null, value: Buffer.alloc(600_000), timestampMs: 0 };
  for (let i = 0; i < 4; i += 1) write(writer, large);
  const first = writer.take();
  memory.release(first);
  for (let i = 0; i < 4; i += 1) write(writer, large);
  const second = writer.take();
  const usedAgain = second.batches.filter(({ bytes }) =>
    first.batches.some((one) => one.bytes.buffer === bytes.buffer),
  );
  expect(usedAgain.length).toBeGreaterThan(0);
  expect(usedAgain.length).toBeLessThan(4);
  expect(rowsOf(second)).toHaveLength(4);
});
