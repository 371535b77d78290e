import { MillraceError } from '@millrace/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { recordRows, rowsOfPacks, rowsOfSpans } from './record-rows.ts';
import type { ConsumedRecord } from './records.ts';
import { readCommittedRecords } from './wire/committed-records.ts';
import { encodeRecordBatch, stampBatch } from './wire/record-batch-encoder.ts';

const record = (offset: number, value: Buffer | null = Buffer.from(`v${offset}`)) => ({
  ...{ offset, timestampMs: 1_700_000_000_000 + offset, key: null, value, headers: {} },
});

const noProducer = { producerId: -1n, producerEpoch: -1, baseSequence: -1, transactional: false };

/** A batch as the broker keeps it: at its base offset, with its checksum. */
const batch = (baseOffset: number, values: readonly Buffer[]): Buffer => {
  const records = values.map((value) => ({ key: null, value, timestampMs: 5 }));
  const { bytes } = encodeRecordBatch({ records, from: 0, batchBytesMax: 1e9, nowMs: 0 });
  bytes.writeBigInt64BE(BigInt(baseOffset), 0);
  stampBatch(bytes, noProducer);
  return bytes;
};

test('rows are cut and filtered as an array of the same records would be', () => {
  const offsets = fc.uniqueArray(fc.nat(200), { minLength: 1, maxLength: 40 });
  const parts = fc.array(offsets, { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(parts, fc.nat(50), fc.nat(50), fc.nat(5), (lists, from, to, divisor) => {
      const records = lists.map((list, part) =>
        list.sort((a, b) => a - b).map((offset) => record(1_000 * part + offset)),
      );
      const rows = rowsOfSpans(records.flatMap((list) => [...recordRows(list).spans]));
      const expected = records.flat().map(({ offset }) => offset);
      const isWanted = (offset: number) => offset % (divisor + 1) === 0;
      expect(rows.offsets()).toEqual(expected);
      expect(rows.slice(from, to).offsets()).toEqual(expected.slice(from, to));
      expect(rows.slice(from).where(isWanted).offsets()).toEqual(
        expected.slice(from).filter(isWanted),
      );
      expect(Array.from(rows, ({ offset }) => offset)).toEqual(expected);
      expect(rows.at(expected.length - 1).offset).toBe(expected.at(-1));
    }),
  );
  expect(() => recordRows([record(1)]).at(1)).toThrow(RangeError);
});

test('many small batches share a pack, and what lies in front of the position is left out', () => {
  const response = Buffer.concat(
    Array.from({ length: 50 }, (_, at) => batch(2 * at, [Buffer.from('a'), Buffer.from('b')])),
  );
  const { packs, nextOffset } = readCommittedRecords(response, [], 5);
  expect(packs).toHaveLength(1);
  expect(rowsOfPacks(packs).offsets()).toEqual(Array.from({ length: 95 }, (_, at) => 5 + at));
  expect(nextOffset).toBe(100);
});

test('a pack is a copy and says what it holds, so that no record keeps a response alive', () => {
  const response = Buffer.concat([
    batch(0, [Buffer.alloc(900_000, 1)]),
    batch(1, [Buffer.alloc(900_000, 2)]),
  ]);
  const { packs } = readCommittedRecords(response, [], 0);
  expect(packs.map(({ count }) => count)).toEqual([1, 1]);
  for (const { bytes, heldBytes } of packs) {
    expect(bytes.buffer).not.toBe(response.buffer);
    expect(bytes.buffer.byteLength).toBeLessThan(900_100);
    expect(heldBytes).toBeGreaterThan(bytes.buffer.byteLength);
  }
  const alone = batch(0, [Buffer.alloc(900_000, 1)]);
  const [pack] = readCommittedRecords(alone, [], 0).packs;
  expect(pack!.bytes.buffer).not.toBe(alone.buffer);
});

test('a record that does not end where its length says is refused, its headers when they are read', () => {
  const whole = batch(0, [Buffer.from('value')]);
  const codeOf = (run: () => unknown): string | undefined => {
    try {
      run();
      return undefined;
    } catch (error) {
      return error instanceof MillraceError ? error.code : String(error);
    }
  };
  const read = (at: number, byte: number): readonly ConsumedRecord[] => {
    const bytes = Buffer.from(whole);
    bytes[at] = byte;
    stampBatch(bytes, noProducer);
    return [...rowsOfPacks(readCommittedRecords(bytes, [], 0).packs)];
  };
  const [lengthAt, valueLengthAt, headersAt] = [61, 66, whole.length - 1];
  expect(whole[valueLengthAt]).toBe(10);
  expect(codeOf(() => read(lengthAt, whole[lengthAt]! - 2))).toBe('kafka.corrupt-batch');
  expect(codeOf(() => read(lengthAt, whole[lengthAt]! + 2))).toBe('kafka.corrupt-batch');
  expect(codeOf(() => read(valueLengthAt, 12))).toBe('kafka.corrupt-batch');
  const [spoilt] = read(headersAt, 2);
  expect(String(spoilt!.value)).toBe('value');
  expect(codeOf(() => spoilt!.headers)).toBe('kafka.corrupt-batch');
});
