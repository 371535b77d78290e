/** Types that keep their text, and uuid: the bytes are copied. Binary forms as the types' send functions give them. */
import { createHash } from 'node:crypto';
import { type AvroOutput, writeByte, writeLong, writeSlice, writeText } from './avro-output.ts';
import { type AvroJson, type ColumnCodec, connectType, invalidValue } from './column-codec.ts';

/** Debezium's stand-in for a TOASTed value that was not sent. */
export const UNAVAILABLE_VALUE = '__debezium_unavailable_value';

const textCodec = (schema: AvroJson): ColumnCodec => ({
  schema,
  write: writeSlice,
  writeBinary: writeSlice,
  writeFallback: (out) => writeText(out, ''),
  writeUnavailable: (out) => writeText(out, UNAVAILABLE_VALUE),
});

/** A version byte and then the text: jsonb, ltree. */
const withVersion = (codec: ColumnCodec, type: string): ColumnCodec => ({
  ...codec,
  writeBinary: (out, source, start, length) => {
    if (length < 1 || source[start] !== 1) throw invalidValue(type);
    writeSlice(out, source, start + 1, length - 1);
  },
});

/** The text and the binary form are the same: text, varchar, char(n), name, citext. */
export const plainText = textCodec('string');

const { writeBinary: _unknown, ...textAlone } = plainText;
/** A type of which only the text is known. */
export const textOnly: ColumnCodec = textAlone;

export const json = textCodec(connectType('string', 'io.debezium.data.Json'));
export const jsonb = withVersion(json, 'jsonb');
/** The declaration of an encoding is left out by both forms, since the session's is UTF-8. */
export const xml = textCodec(connectType('string', 'io.debezium.data.Xml'));
export const ltree = withVersion(
  textCodec(connectType('string', 'io.debezium.data.Ltree')),
  'ltree',
);
export const tsvector: ColumnCodec = {
  ...textOnly,
  schema: connectType('string', 'io.debezium.data.Tsvector'),
};

/** Whether the bytes are one of the labels. */
const createLabelCheck = (labels: readonly string[]) => {
  const known = labels.map((label) => Buffer.from(label));
  const isSame = (label: Buffer, source: Buffer, start: number): boolean => {
    for (let i = 0; i < label.length; i++) if (label[i] !== source[start + i]) return false;
    return true;
  };
  return (source: Buffer, start: number, length: number): boolean => {
    for (let i = 0; i < known.length; i++) {
      const label = known[i] as Buffer;
      if (label.length === length && isSame(label, source, start)) return true;
    }
    return false;
  };
};

/**
 * An enum type; `labels` in the order of the type. No message of the stream tells of a label that was added or
 * renamed, so one that is not known is noted in the output's findings.
 */
export const enumeration = (labels: readonly string[], enumOid: number): ColumnCodec => {
  const isKnown = createLabelCheck(labels);
  const write: ColumnCodec['write'] = (out, source, start, length) => {
    if (!isKnown(source, start, length)) {
      const label = source.toString('utf8', start, start + length);
      out.findings.push({ kind: 'label', enumOid, label });
    }
    writeSlice(out, source, start, length);
  };
  return {
    ...textCodec(connectType('string', 'io.debezium.data.Enum', { allowed: labels.join(',') })),
    write,
    writeBinary: write,
  };
};

const HEX_DIGITS = Buffer.from('0123456789abcdef');
const UUID_BYTES = 16;

const writeUuid = (out: AvroOutput, source: Buffer, start: number, length: number): void => {
  if (length !== UUID_BYTES) throw invalidValue('uuid');
  writeLong(out, 36);
  const { bytes } = out;
  let at = out.position;
  for (let i = 0; i < UUID_BYTES; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) bytes[at++] = 45;
    const byte = source[start + i] as number;
    bytes[at++] = HEX_DIGITS[byte >> 4] as number;
    bytes[at++] = HEX_DIGITS[byte & 15] as number;
  }
  out.position = at;
};

export const uuid: ColumnCodec = {
  ...textCodec(connectType('string', 'io.debezium.data.Uuid')),
  writeBinary: writeUuid,
};

/** Version 3 of the stand-in's bytes, without a namespace, as Java's nameUUIDFromBytes makes it. */
const unavailableUuid = (): Buffer => {
  const digest = createHash('md5').update(UNAVAILABLE_VALUE).digest();
  digest[6] = ((digest[6] as number) & 0x0f) | 0x30;
  digest[8] = ((digest[8] as number) & 0x3f) | 0x80;
  return digest;
};
const UNAVAILABLE_UUID = unavailableUuid();

/** The only item of a uuid[] that was not sent. */
export const writeUnavailableUuid = (out: AvroOutput): void => {
  writeLong(out, 1);
  writeByte(out, 2);
  writeUuid(out, UNAVAILABLE_UUID, 0, UUID_BYTES);
};

/** The items of an integer[], bigint[] or date[] that was not sent: the stand-in's letters. */
export const writeUnavailableIntegers = (out: AvroOutput): void => {
  writeLong(out, UNAVAILABLE_VALUE.length);
  for (const letter of Buffer.from(UNAVAILABLE_VALUE)) {
    writeByte(out, 2);
    writeLong(out, letter);
  }
};
