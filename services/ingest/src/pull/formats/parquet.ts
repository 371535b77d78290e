/** Rows of a Parquet file, read by ranges: its footer, then the columns of some rows at a time. Positions are row numbers. */
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { MillraceError } from '@millrace/contracts';
import { type AsyncBuffer, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { type PlacedObject, readRange } from '../places/place.ts';
import type { PartPosition, RowBatch } from '../pull-source.ts';
import { exactMetadata, exactParsers } from './parquet-values.ts';

/** Rows decoded at once: a page is decoded again for each piece of its row group. */
const rowsAtOnce = 25_000;

const compressors = {
  GZIP: (input: Uint8Array) => new Uint8Array(gunzipSync(input)),
  ZSTD: (input: Uint8Array) => new Uint8Array(zstdDecompressSync(input)),
  BROTLI: (input: Uint8Array) => new Uint8Array(brotliDecompressSync(input)),
};

export interface ParquetReading {
  readonly object: PlacedObject;
  readonly from: PartPosition | undefined;
  readonly signal: AbortSignal;
}

/** Rejects with `ingest.part-unreadable` for what is no Parquet or uses LZ4, and as its object does. */
export async function* parquetBatches({
  object,
  from,
  signal,
}: ParquetReading): AsyncGenerator<RowBatch, void, void> {
  let placeError: unknown;
  const file: AsyncBuffer = {
    byteLength: object.bytes,
    slice: async (start, end) => {
      const range = { from: start, ...(end === undefined ? {} : { to: end }) };
      const bytes = await readRange(object, range, signal).catch((error: unknown) => {
        placeError = error;
        throw error;
      });
      return bytes.buffer.slice(
        bytes.byteOffset,
        bytes.byteOffset + bytes.byteLength,
      ) as ArrayBuffer;
    },
  };
  const parsed = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (cause) {
      if (placeError !== undefined) throw placeError;
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new MillraceError('ingest.part-unreadable', `${object.title}: ${why}`, { cause });
    }
  };
  const metadata = exactMetadata(await parsed(() => parquetMetadataAsync(file)));
  const total = Number(metadata.num_rows);
  let row = typeof from === 'number' ? from : 0;
  for (let groupStart = 0, group = 0; group < metadata.row_groups.length; group += 1) {
    const groupEnd = groupStart + Number(metadata.row_groups[group]!.num_rows);
    while (row < groupEnd) {
      signal.throwIfAborted();
      const [rowStart, rowEnd] = [row, Math.min(groupEnd, row + rowsAtOnce)];
      const values = await parsed(() =>
        parquetReadObjects({
          ...{ file, metadata, compressors, rowStart, rowEnd },
          // Bytes that nobody has called a text are one where the contract has one.
          ...{ utf8: false, parsers: exactParsers() },
        }),
      );
      row = rowEnd;
      const bytes = Math.round(((rowEnd - rowStart) / total) * object.bytes);
      yield { values, faults: new Map(), at: row, bytes };
    }
    groupStart = groupEnd;
  }
}
