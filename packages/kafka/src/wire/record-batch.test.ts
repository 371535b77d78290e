import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import snappy from 'snappy';
import { describe, expect, it } from 'vitest';
import { rowsOfPacks } from '../record-rows.ts';
import type { ConsumedRecord, OutgoingRecord } from '../records.ts';
import { codecIds, compress, compressSmall, decompress } from './compression.ts';
import { crc32c } from './crc32c.ts';
import { readBatchHeader } from './record-batch-decoder.ts';
import {
  BATCH_HEADER_BYTES,
  encodeRecordBatch,
  stampBatch,
  withCompressedRecords,
} from './record-batch-encoder.ts';
import { createRecordPacker } from './record-packs.ts';

// Loading it here also proves that our substitutes leave kafkajs's decoder alone.
const require = createRequire(import.meta.url);
const KafkajsDecoder = require('kafkajs/src/protocol/decoder.js');
const decodeWithKafkajs = require('kafkajs/src/protocol/recordBatch/v0/decoder.js');

const golden: Record<string, string> = JSON.parse(
  readFileSync(new URL('../../fixtures/record-batches.json', import.meta.url), 'utf8'),
);

const bytes = (text: string) => Buffer.from(text);

/** The records that Golden.java writes. */
const mixed: OutgoingRecord[] = [
  { key: bytes('key'), value: bytes('value'), timestampMs: 1_700_000_000_000 },
  { key: null, value: bytes('no key'), timestampMs: 1_700_000_000_005 },
  { key: bytes('no value'), value: null, timestampMs: 1_699_999_999_000 },
  {
    key: bytes(''),
    value: bytes(''),
    headers: { ce_id: '1', ü: Buffer.from([0, 255]) },
    timestampMs: 1_700_000_000_001,
  },
  { key: bytes('far'), value: bytes('x'.repeat(300)), timestampMs: 1_900_000_000_000 },
];

const stamp = { producerId: 4000n, producerEpoch: 7, baseSequence: 42, transactional: false };

const encode = (records: readonly OutgoingRecord[], transactional = false): Buffer => {
  const { bytes: batch } = encodeRecordBatch({
    records,
    from: 0,
    batchBytesMax: Number.POSITIVE_INFINITY,
    nowMs: 0,
  });
  stampBatch(batch, { ...stamp, transactional });
  return batch;
};

const decode = (batch: Buffer): ConsumedRecord[] => {
  const packer = createRecordPacker(0);
  packer.add(batch, readBatchHeader(batch, 0)!);
  return [...rowsOfPacks(packer.finish())];
};

const asRead = (record: OutgoingRecord, offset: number) => ({
  offset,
  timestampMs: record.timestampMs ?? 0,
  key: record.key,
  value: record.value,
  headers: Object.fromEntries(
    Object.entries(record.headers ?? {}).map(([name, value]) => [name, Buffer.from(value)]),
  ),
});

const plain = (records: readonly ConsumedRecord[]) =>
  records.map((record) => ({ ...record, headers: { ...record.headers } }));

describe('a record batch', () => {
  it('has the documented layout, byte by byte', () => {
    const record = { key: bytes('k'), value: bytes('v'), timestampMs: 1_700_000_000_000 };
    expect(encode([record]).toString('hex')).toBe(
      [
        '0000000000000000', // base offset
        '0000003a', // length of what follows: 58
        'ffffffff', // partition leader epoch: none
        '02', // magic
        'da211577', // CRC-32C of what follows
        '0000', // attributes: not compressed, create time
        '00000000', // last offset delta
        '0000018bcfe56800', // base timestamp
        '0000018bcfe56800', // maximum timestamp
        '0000000000000fa0', // producer id 4000
        '0007', // producer epoch
        '0000002a', // base sequence 42
        '00000001', // records
        '10', // record length 8, zig-zag
        '00', // record attributes
        '00', // timestamp delta
        '00', // offset delta
        '026b', // key length 1, "k"
        '0276', // value length 1, "v"
        '00', // headers
      ].join(''),
    );
  });

  it.each([
    ['one', [{ key: bytes('k'), value: bytes('v'), timestampMs: 1_700_000_000_000 }], false],
    ['mixed', mixed, false],
    ['transactional', mixed, true],
    [
      'many',
      Array.from({ length: 200 }, (_, index) => ({
        key: null,
        value: bytes(`record ${index}`),
        timestampMs: 1_700_000_000_000 + index,
      })),
      false,
    ],
  ] as const)('equals what the Java client writes: %s', (name, records, transactional) => {
    expect(encode(records, transactional).toString('hex')).toBe(golden[name]);
  });

  it.each(['mixed', 'transactional', 'gzip', 'snappy', 'lz4', 'zstd'])(
    'of the Java client is read: %s',
    (name) => {
      const read = decode(Buffer.from(golden[name]!, 'hex'));
      expect(plain(read)).toEqual(mixed.map(asRead));
    },
  );

  it('of a codec that is not known is refused, not misread', () => {
    const batch = Buffer.from(golden['lz4']!, 'hex');
    batch.writeInt16BE(5, 21);
    batch.writeUInt32BE(crc32c(batch, 21), 17);
    expect(() => decode(batch)).toThrow(
      expect.objectContaining({ code: 'kafka.compression-unsupported' }),
    );
  });

  it('of one bare snappy block, as librdkafka writes it, is read', () => {
    expect(decompress(2, snappy.compressSync('a block')).toString()).toBe('a block');
  });

  it('that was damaged is refused', () => {
    const batch = Buffer.from(golden['mixed']!, 'hex');
    batch[70] = batch[70]! ^ 1;
    expect(() => readBatchHeader(batch, 0)).toThrow(
      expect.objectContaining({ code: 'kafka.corrupt-batch' }),
    );
  });

  it('that the response holds only in part is left for the next fetch', () => {
    const batch = Buffer.from(golden['mixed']!, 'hex');
    for (const end of [0, 20, BATCH_HEADER_BYTES, batch.length - 1]) {
      expect(readBatchHeader(batch.subarray(0, end), 0)).toBeUndefined();
    }
  });

  it('ends before the record that would take it over its limit, and holds one at least', () => {
    const records = Array.from({ length: 10 }, () => ({ key: null, value: Buffer.alloc(100) }));
    const counts: number[] = [];
    for (let from = 0; from < records.length; from += counts.at(-1)!) {
      const batch = encodeRecordBatch({ records, from, batchBytesMax: 400, nowMs: 0 });
      expect(batch.bytes.length).toBeLessThanOrEqual(400);
      counts.push(batch.count);
    }
    expect(counts).toEqual([3, 3, 3, 1]);
    expect(encodeRecordBatch({ records, from: 9, batchBytesMax: 10, nowMs: 0 }).count).toBe(1);
  });
});

const field = fc.option(
  fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
    fc.nat(20_000).map((length) => Buffer.alloc(length, 'x')),
  ),
);

const outgoing: fc.Arbitrary<OutgoingRecord> = fc.record(
  {
    key: field,
    value: field,
    timestampMs: fc.integer({ min: 0, max: 4_102_444_800_000 }),
    headers: fc.dictionary(
      fc.string({ minLength: 1, maxLength: 70 }).filter((name) => name !== '__proto__'),
      fc.oneof(
        fc.string({ unit: 'grapheme', maxLength: 100 }),
        fc.uint8Array({ maxLength: 100 }).map((array) => Buffer.from(array)),
      ),
      { maxKeys: 4 },
    ),
  },
  { requiredKeys: ['key', 'value'] },
);

describe('any records', () => {
  const anyRecords = fc.array(outgoing, { minLength: 1, maxLength: 100 });

  it('come out of our decoder as they went into our encoder, compressed or not, at once or by a thread', async () => {
    const compression = fc.constantFrom('none', 'gzip', 'lz4', 'zstd');
    await fc.assert(
      fc.asyncProperty(anyRecords, compression, fc.boolean(), async (records, codec, atOnce) => {
        let batch = encode(records);
        if (codec !== 'none') {
          const body = batch.subarray(BATCH_HEADER_BYTES);
          const small = atOnce ? compressSmall(codec, body) : undefined;
          const compressed = small ?? (await compress(codec, body));
          const encoded = { bytes: batch, count: records.length };
          batch = withCompressedRecords(encoded, codecIds[codec], compressed).bytes;
          stampBatch(batch, stamp);
        }
        expect(plain(decode(batch))).toEqual(records.map(asRead));
      }),
      { numRuns: 60 },
    );
  });

  it('come out of kafkajs’s decoder as they went into our encoder', async () => {
    // It takes a header named `toString` for one it has seen before and makes a list of it; ours, above, does not.
    const namesItReads = ({ headers }: OutgoingRecord) =>
      Object.keys(headers ?? {}).every((name) => !(name in Object.prototype));
    await fc.assert(
      fc.asyncProperty(
        anyRecords.map((records) => records.filter(namesItReads)),
        async (records) => {
          fc.pre(records.length > 0);
          const batch = encode(records, true);
          const read = await decodeWithKafkajs(new KafkajsDecoder(batch));
          expect(read).toMatchObject({
            producerId: '4000',
            producerEpoch: 7,
            firstSequence: 42,
            inTransaction: true,
            lastOffsetDelta: records.length - 1,
          });
          interface KafkajsRecord {
            readonly offset: string;
            readonly timestamp: string;
            readonly key: Buffer | null;
            readonly value: Buffer | null;
            readonly headers: object;
          }
          const plainRead = read.records.map((record: KafkajsRecord) => ({
            offset: Number(record.offset),
            timestampMs: Number(record.timestamp),
            key: record.key,
            value: record.value,
            headers: record.headers,
          }));
          expect(plainRead).toEqual(records.map(asRead));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('larger than the scratch space for sizes are encoded whole', () => {
    const records = Array.from({ length: 5_000 }, (_, index) => ({
      key: null,
      value: bytes(`${index}`),
    }));
    expect(decode(encode(records)).map((record) => String(record.value))).toEqual(
      records.map((record) => String(record.value)),
    );
  });
});
