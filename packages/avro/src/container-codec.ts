import {
  constants,
  crc32,
  inflateRawSync,
  type ZlibOptions,
  type ZstdOptions,
  zstdDecompressSync,
} from 'node:zlib';
import { MillraceError } from '@millrace/contracts';
import { uncompressSync } from 'snappy';

/**
 * The codecs of container blocks, read within a bound: `null`, `deflate` (raw, without zlib's frame), `snappy` (with
 * the CRC-32 of the content behind it) and `zstandard`. bzip2 and xz are not read: nothing in Node does.
 * Source: Avro specification 1.12, "Required Codecs" and "Optional Codecs".
 */
export const containerCodecs = ['null', 'deflate', 'snappy', 'zstandard'] as const;
export type ContainerCodec = (typeof containerCodecs)[number];

export const isContainerCodec = (codec: string): codec is ContainerCodec =>
  (containerCodecs as readonly string[]).includes(codec);

/**
 * A block's datums. Throws `avro.container-too-large` when they take more than `bytesMax` bytes, before more than
 * that is held, and `avro.container-invalid` for what the codec cannot read.
 */
export const expandBlock = (codec: ContainerCodec, body: Buffer, bytesMax: number): Buffer => {
  if (codec === 'null') return within(body.length, bytesMax, () => body);
  try {
    return expanders[codec](body, bytesMax);
  } catch (error) {
    if (error instanceof MillraceError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(bytesMax);
    throw invalid(`a block cannot be read as ${codec}: ${(error as Error).message}`);
  }
};

const invalid = (what: string) =>
  new MillraceError('avro.container-invalid', `the bytes are not an Avro container file: ${what}`);

const tooLarge = (bytesMax: number) =>
  new MillraceError('avro.container-too-large', `its blocks expand to more than ${bytesMax} bytes`);

const within = (bytes: number, bytesMax: number, expand: () => Buffer): Buffer => {
  if (bytes > bytesMax) throw tooLarge(bytesMax);
  return expand();
};

/** zlib refuses a bound of zero bytes. */
const bounded = (bytesMax: number): ZlibOptions & ZstdOptions => ({
  maxOutputLength: Math.max(1, bytesMax),
});

/** As much as RFC 8878 asks every decoder to have, and no more: a frame may ask for gigabytes. */
const zstdWindowLogMax = 23;

const expanders: Readonly<
  Record<Exclude<ContainerCodec, 'null'>, (body: Buffer, bytesMax: number) => Buffer>
> = {
  deflate: (body, bytesMax) => inflateRawSync(body, bounded(bytesMax)),
  zstandard: (body, bytesMax) =>
    zstdDecompressSync(body, {
      ...bounded(bytesMax),
      params: { [constants.ZSTD_d_windowLogMax]: zstdWindowLogMax },
    }),
  snappy: (body, bytesMax) => {
    const end = body.length - 4;
    if (end < 1) throw invalid('a block is too short for snappy');
    const expanded = within(
      snappyLength(body),
      bytesMax,
      () => uncompressSync(body.subarray(0, end), { asBuffer: true }) as Buffer,
    );
    if (crc32(expanded) !== body.readUInt32BE(end)) throw invalid('a block fails its CRC-32');
    return expanded;
  },
};

/** The length that a snappy block begins with: an unsigned varint. */
const snappyLength = (body: Buffer): number => {
  let length = 0;
  for (let at = 0; at < 5; at += 1) {
    length += (body[at]! & 0x7f) * 128 ** at;
    if (body[at]! < 0x80) return length;
  }
  throw invalid('a block does not begin as snappy does');
};
