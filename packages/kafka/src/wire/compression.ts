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
import type { Compression } from '../producer.ts';

/**
 * Codecs of record batches. Written: none, gzip, zstd. Read: none, gzip, zstd; snappy and lz4 are refused
 * with `kafka.compression-unsupported`, because Node carries no such codec and none is worth a native
 * dependency for topics that other producers fill.
 * Source: https://kafka.apache.org/documentation/#recordbatch (attributes, bits 0-2)
 */
export const codecIds: Readonly<Record<Compression, number>> = { none: 0, gzip: 1, zstd: 4 };

const gzipAsync = promisify<InputType, Buffer>(gzip);
const zstdAsync = promisify<InputType, Buffer>(zstdCompress);

/** Off the event loop. */
export const compress = (
  compression: Exclude<Compression, 'none'>,
  bytes: Buffer,
): Promise<Buffer> => (compression === 'gzip' ? gzipAsync(bytes) : zstdAsync(bytes));

const unreadable: Readonly<Record<number, string>> = { 2: 'snappy', 3: 'lz4' };

/** On the event loop: a fetched batch is bounded by the fetch size and must be read in order. */
export const decompress = (codecId: number, bytes: Buffer): Buffer => {
  if (codecId === codecIds.gzip) return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
  if (codecId === codecIds.zstd) return zstdDecompressSync(bytes);
  throw new MillraceError(
    'kafka.compression-unsupported',
    `a batch is compressed with ${unreadable[codecId] ?? `codec ${codecId}`}; this reader knows none, gzip and zstd`,
  );
};
