import { promisify } from 'node:util';
import {
  constants,
  gunzipSync,
  gzip,
  gzipSync,
  type InputType,
  zstdCompress,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib';
import { MillraceError } from '@millrace/contracts';
import { compressFrame, compressFrameSync, decompressFrameSync } from 'lz4-napi';
import { uncompressSync } from 'snappy';
import type { Compression } from '../producer.ts';

/**
 * Codecs of record batches. Written: none, gzip, lz4, zstd. Read: these and snappy, which old producers
 * write and nobody needs to write anew.
 * Source: https://kafka.apache.org/documentation/#recordbatch (attributes, bits 0-2)
 */
export const codecIds: Readonly<Record<Compression, number>> = {
  none: 0,
  gzip: 1,
  lz4: 3,
  zstd: 4,
};
const SNAPPY_ID = 2;

const gzipAsync = promisify<InputType, Buffer>(gzip);
const zstdAsync = promisify<InputType, Buffer>(zstdCompress);

type Codec = Exclude<Compression, 'none'>;

const compressors: Readonly<Record<Codec, (bytes: Buffer) => Promise<Buffer>>> = {
  gzip: gzipAsync,
  lz4: (bytes) => compressFrame(bytes),
  zstd: zstdAsync,
};

/** Off the event loop, on a thread of the pool. */
export const compress = (codec: Codec, bytes: Buffer): Promise<Buffer> => compressors[codec](bytes);

const smallCompressors: Readonly<Record<Codec, (bytes: Buffer) => Buffer>> = {
  gzip: (bytes) => gzipSync(bytes),
  lz4: (bytes) => compressFrameSync(bytes),
  zstd: (bytes) => zstdCompressSync(bytes),
};

/** Up to here compressing takes less than handing it to another thread and back, on a busy machine by far. */
const SMALL_BYTES_MAX = 16 * 1024;

/** At once, where there is little; undefined where `compress` should do it. */
export const compressSmall = (codec: Codec, bytes: Buffer): Buffer | undefined =>
  bytes.length > SMALL_BYTES_MAX ? undefined : smallCompressors[codec](bytes);

/** The Java client's stream format: a header, then blocks with their length. librdkafka writes one bare block. */
const STREAM_MAGIC = Buffer.from('82534e4150505900', 'hex');
/** The magic, a version and the oldest version that reads it. */
const STREAM_HEADER_BYTES = STREAM_MAGIC.length + 8;

const uncompressSnappy = (bytes: Buffer): Buffer => {
  const block = (from: number, to: number): Buffer =>
    uncompressSync(bytes.subarray(from, to), { asBuffer: true }) as Buffer;
  if (!bytes.subarray(0, STREAM_MAGIC.length).equals(STREAM_MAGIC)) return block(0, bytes.length);
  const blocks: Buffer[] = [];
  for (let at = STREAM_HEADER_BYTES; at < bytes.length; ) {
    const end = at + 4 + bytes.readUInt32BE(at);
    blocks.push(block(at + 4, end));
    at = end;
  }
  return Buffer.concat(blocks);
};

/**
 * On the event loop: a fetched batch is bounded by the fetch size and must be read in order.
 * Throws `kafka.compression-unsupported` for a codec that is not known.
 */
export const decompress = (codecId: number, bytes: Buffer): Buffer => {
  switch (codecId) {
    case codecIds.gzip:
      return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
    case SNAPPY_ID:
      return uncompressSnappy(bytes);
    case codecIds.lz4:
      return decompressFrameSync(bytes);
    case codecIds.zstd:
      return zstdDecompressSync(bytes);
    default:
      throw new MillraceError(
        'kafka.compression-unsupported',
        `a batch is compressed with codec ${codecId}; this reader knows none, gzip, snappy, lz4 and zstd`,
      );
  }
};
