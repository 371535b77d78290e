/**
 * Codecs over another codec of text that let less of the value through: asterisks, a hash, its beginning. The
 * inner codec writes its string, which is then replaced where it stands; so both forms of a value are covered.
 * Results and schema parameters as Debezium's MaskStrings and TruncateStrings give them.
 */
import { createHash } from 'node:crypto';
import { type AvroOutput, writeText } from './avro-output.ts';
import type { AvroJson, ColumnCodec } from './column-codec.ts';

/** Hash names of `column.mask.hash.v2` and the digits of their results. */
export const hashDigits = { 'SHA-256': 64, 'SHA-512': 128 } as const;
export type HashName = keyof typeof hashDigits;

/** A varint of a length, and the branch before it. */
const FRAME_BYTES = 6;

/** Whether a value of this schema is written as an Avro string. */
export const isStringSchema = (schema: AvroJson): boolean =>
  schema === 'string' || (typeof schema === 'object' && schema['type'] === 'string');

const withParameter = (schema: AvroJson, name: string, value: string): AvroJson => {
  if (typeof schema === 'string') {
    return { type: schema, 'connect.parameters': { [name]: value } };
  }
  const { 'connect.name': connectName, ...rest } = schema;
  const parameters = { ...(schema['connect.parameters'] as object | undefined), [name]: value };
  const named = connectName === undefined ? {} : { 'connect.name': connectName };
  return { ...rest, 'connect.parameters': parameters, ...named };
};

/** Every value, null included, is `count` asterisks: nothing of it shows. */
export const asterisks = (inner: ColumnCodec, count: number): ColumnCodec => {
  const mask = '*'.repeat(count);
  const write = (out: AvroOutput): void => writeText(out, mask);
  return {
    schema: withParameter(inner.schema, 'masked', 'true'),
    write,
    writeBinary: write,
    writeNull: write,
    writeFallback: write,
    writeUnavailable: write,
    addedBytesMax: count + FRAME_BYTES,
  };
};

/** Replaces each string that `inner` writes; the stand-ins of values that were not sent stay readable. */
const transformed = (
  inner: ColumnCodec,
  schema: AvroJson,
  addedBytesMax: number,
  replace: (bytes: Buffer) => string | undefined,
): ColumnCodec => {
  const replaceAt = (out: AvroOutput, start: number): void => {
    let textStart = start;
    while (((out.bytes[textStart++] as number) & 0x80) !== 0);
    const text = replace(out.bytes.subarray(textStart, out.position));
    if (text === undefined) return;
    out.position = start;
    writeText(out, text);
  };
  const { writeBinary } = inner;
  return {
    ...inner,
    schema,
    addedBytesMax,
    write: (out, source, start, length) => {
      const at = out.position;
      inner.write(out, source, start, length);
      replaceAt(out, at);
    },
    ...(writeBinary === undefined
      ? {}
      : {
          writeBinary: (out, source, start, length) => {
            const at = out.position;
            writeBinary(out, source, start, length);
            replaceAt(out, at);
          },
        }),
  };
};

/**
 * Hexadecimal digits of hash(salt, value), cut to the column's declared length in characters. Null stays null.
 * Source: Debezium, `column.mask.hash.v2.<hash>.with.salt.<salt>`.
 */
export const hashed = (
  inner: ColumnCodec,
  hash: HashName,
  salt: string,
  lengthMax: number | undefined,
): ColumnCodec => {
  const algorithm = hash.replace('-', '').toLowerCase();
  return transformed(
    inner,
    withParameter(inner.schema, 'masked', 'true'),
    hashDigits[hash] + FRAME_BYTES,
    (bytes) => createHash(algorithm).update(salt).update(bytes).digest('hex').slice(0, lengthMax),
  );
};

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;

/** The first `count` characters (UTF-16 units, as Java counts; a pair is not split). */
export const shortened = (inner: ColumnCodec, count: number): ColumnCodec =>
  transformed(
    inner,
    withParameter(inner.schema, 'truncateLength', String(count)),
    FRAME_BYTES,
    (bytes) => {
      if (bytes.length <= count) return undefined;
      const text = bytes.toString();
      if (text.length <= count) return undefined;
      const splits = count > 0 && isHighSurrogate(text.charCodeAt(count - 1));
      return text.slice(0, splits ? count - 1 : count);
    },
  );
