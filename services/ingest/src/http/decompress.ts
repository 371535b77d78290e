/**
 * Compressed bodies (RFC 9110 §8.4): one coding, expanded piece by piece, so that a body that expands beyond its bound
 * is refused when it passes it and never held. What is held while it grows is taken from the byte budget.
 */
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from 'node:zlib';
import type { Refusal } from '../event-request.ts';

export const contentCodings = ['gzip', 'br', 'zstd', 'deflate'] as const;
export type ContentCoding = (typeof contentCodings)[number];

/** The one coding that a Content-Encoding names; undefined for another one, and for several in a row. */
export const codingOf = (contentEncoding = 'identity'): ContentCoding | 'identity' | undefined => {
  const name = contentEncoding.trim().toLowerCase();
  if (name === 'identity' || name === '') return 'identity';
  if (name === 'x-gzip') return 'gzip';
  return contentCodings.find((coding) => coding === name);
};

export interface Growth {
  /** The expanded body may have this many bytes. */
  readonly bytesMax: number;
  /** Takes room for more of it; false: there is none. */
  readonly grow: (bytes: number) => boolean;
}

export type Decompress = (
  body: Buffer,
  coding: ContentCoding,
  growth: Growth,
) => Promise<{ readonly body: Buffer } | Refusal>;

/**
 * A decoder's own window may be 16 MiB (br) or 8 MiB (zstd), whatever the body is. So only a few work at a time: as
 * many as Node has threads for them, more would not be faster.
 */
const decodersMax = 4;

export const createDecompress = (): Decompress => {
  let busy = 0;
  const waiting: (() => void)[] = [];
  const turn = async (): Promise<void> => {
    if (busy < decodersMax) busy += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const leave = () => {
    const next = waiting.shift();
    if (next === undefined) busy -= 1;
    else next();
  };
  return async (body, coding, growth) => {
    await turn();
    try {
      return await expand(body, coding, growth);
    } finally {
      leave();
    }
  };
};

/** What RFC 8878 asks every decoder to have, and RFC 9659 lets HTTP use. */
const zstdWindowLogMax = 23;
const chunkSize = 64 * 1024;

const decoderOf = (coding: ContentCoding, body: Buffer) => {
  switch (coding) {
    case 'gzip':
      return createGunzip({ chunkSize });
    case 'br':
      return createBrotliDecompress({ chunkSize });
    case 'zstd':
      return createZstdDecompress({
        chunkSize,
        params: { [constants.ZSTD_d_windowLogMax]: zstdWindowLogMax },
      });
    case 'deflate':
      // Meant is zlib's format; some senders leave its two bytes and its checksum out.
      return hasZlibHeader(body) ? createInflate({ chunkSize }) : createInflateRaw({ chunkSize });
  }
};

const hasZlibHeader = (body: Buffer): boolean =>
  body.length >= 2 && (body[0]! & 0x0f) === 8 && body.readUInt16BE(0) % 31 === 0;

const expand = async (
  body: Buffer,
  coding: ContentCoding,
  growth: Growth,
): Promise<{ readonly body: Buffer } | Refusal> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const add = (chunk: Buffer): Refusal | undefined => {
    bytes += chunk.length;
    if (bytes > growth.bytesMax) return tooLarge(growth.bytesMax);
    if (!growth.grow(chunk.length)) return noRoom;
    chunks.push(chunk);
    return undefined;
  };
  let rest = body;
  do {
    const { refusal, read } = await decode(rest, coding, add);
    if (refusal !== undefined) return refusal;
    rest = rest.subarray(read);
    // zstd frames may follow each other, as gzip members may, which Node reads by itself.
  } while (rest.length > 0 && coding === 'zstd');
  if (rest.length > 0) return broken(coding, `${rest.length} bytes follow its end`);
  return { body: Buffer.concat(chunks, bytes) };
};

const decode = (
  body: Buffer,
  coding: ContentCoding,
  add: (chunk: Buffer) => Refusal | undefined,
): Promise<{ readonly refusal?: Refusal; readonly read: number }> =>
  new Promise((resolve) => {
    const decoder = decoderOf(coding, body);
    decoder.on('data', (chunk: Buffer) => {
      const refusal = add(chunk);
      if (refusal === undefined) return;
      decoder.destroy();
      resolve({ refusal, read: 0 });
    });
    decoder.once('error', ({ message }) => resolve({ refusal: broken(coding, message), read: 0 }));
    decoder.once('end', () => resolve({ read: decoder.bytesWritten }));
    decoder.end(body);
  });

const tooLarge = (bytesMax: number): Refusal => ({
  code: 'ingest.body-too-large',
  message: `Expanded, a body may have ${bytesMax} bytes.`,
});

const noRoom: Refusal = {
  code: 'ingest.queue-full',
  message: 'There is no room for what the body expands to.',
};

const broken = (coding: ContentCoding, why: string): Refusal => ({
  code: 'ingest.compression-invalid',
  message: `The body cannot be read as ${coding}: ${why}.`,
});
