/**
 * The bytes of a file as plain UTF-8: decompressed, transcoded, without a byte order mark. Positions count these
 * bytes. A plain file is read on from any of them; of others what lies before is read again and thrown away.
 */
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { MillraceError } from '@millrace/contracts';
import type { PlacedObject } from '../places/place.ts';

export const compressions = ['none', 'gzip', 'zstd'] as const;
export type Compression = (typeof compressions)[number];

export interface TextCoding {
  readonly compression: Compression;
  /** A label of the WHATWG Encoding Standard, e.g. `utf-8`, `utf-16le`, `windows-1252`. */
  readonly encoding: string;
}

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

/** Chunks of any size. Rejects with `ingest.part-unreadable` for damaged compression. @param from bytes of plain text */
export async function* openText(
  object: PlacedObject,
  { compression, encoding }: TextCoding,
  from: number,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, void> {
  const isPlain = compression === 'none' && encoding === 'utf-8';
  const raw = object.read({ from: isPlain ? from : 0 }, signal);
  const text = transcode(decompress(object, raw, compression), encoding);
  let toSkip = isPlain ? 0 : from;
  for await (const chunk of text) {
    let rest = chunk;
    if (toSkip > 0) {
      const skipped = Math.min(toSkip, rest.length);
      toSkip -= skipped;
      rest = rest.subarray(skipped);
    }
    if (rest.length > 0) yield rest;
  }
}

/** Bytes that a byte order mark takes at the beginning of the plain text. */
export const byteOrderMarkBytes = (head: Buffer): number =>
  head.subarray(0, 3).equals(byteOrderMark) ? 3 : 0;

async function* decompress(
  object: PlacedObject,
  raw: AsyncIterable<Uint8Array>,
  compression: Compression,
): AsyncGenerator<Uint8Array, void, void> {
  if (compression === 'none') {
    yield* raw;
    return;
  }
  const output = new PassThrough();
  let placeError: unknown;
  const watched = async function* () {
    try {
      yield* raw;
    } catch (error) {
      placeError = error;
      throw error;
    }
  };
  const decoder = compression === 'gzip' ? createGunzip() : createZstdDecompress();
  const done = pipeline(Readable.from(watched()), decoder, output);
  // awaited below; until then a failure is seen by whoever reads `output`
  done.catch(() => undefined);
  try {
    for await (const chunk of output) yield chunk as Buffer;
    await done;
  } catch (cause) {
    if (placeError !== undefined) throw placeError;
    throw new MillraceError(
      'ingest.part-unreadable',
      `${object.title} is not ${compression}, or is damaged: ${(cause as Error).message}`,
      { cause },
    );
  } finally {
    output.destroy();
  }
}

async function* transcode(
  bytes: AsyncIterable<Uint8Array>,
  encoding: string,
): AsyncGenerator<Buffer, void, void> {
  if (encoding === 'utf-8') {
    for await (const chunk of bytes) yield asBuffer(chunk);
    return;
  }
  const decoder = new TextDecoder(encoding);
  for await (const chunk of bytes) yield Buffer.from(decoder.decode(chunk, { stream: true }));
  yield Buffer.from(decoder.decode());
}

const asBuffer = (chunk: Uint8Array): Buffer =>
  Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);

/** The first bytes of the plain text, up to a bound; fewer where the text is shorter. */
export const readHead = async (
  object: PlacedObject,
  coding: TextCoding,
  bytesMax: number,
  signal: AbortSignal,
): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of openText(object, coding, 0, signal)) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= bytesMax) break;
  }
  return Buffer.concat(chunks).subarray(0, bytesMax);
};
