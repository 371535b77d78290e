import { promisify } from 'node:util';
import {
  constants,
  gunzipSync,
  gzip,
  type InputType,
  zstdCompress,
  zstdDecompressSync,
} from 'node:zlib';
import { MillraceError } from '@millrace/contracts';
import { compressFrame, decompressFrameSync } from 'lz4-napi';
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

/** All off the event loop. */
const compressors: Readonly<
  Record<Exclude<Compression, 'none'>, (bytes: Buffer) => Promise<Buffer>>
> = { gzip: gzipAsync, lz4: (bytes) => compressFrame(bytes), zstd: zstdAsync };

export const compress = (
  compression: Exclude<Compression, 'none'>,
  bytes: Buffer,
): Promise<Buffer> => compressors[compression](bytes);

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
