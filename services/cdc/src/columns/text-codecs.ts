/** Types that keep their text, and bytea: the bytes are copied. */
import { type AvroOutput, writeByte, writeLong, writeSlice, writeText } from './avro-output.ts';
import { type AvroJson, type ColumnCodec, connectType, invalidValue } from './column-codec.ts';

/** Debezium's stand-in for a TOASTed value that was not sent. */
export const UNAVAILABLE_VALUE = '__debezium_unavailable_value';

const textCodec = (schema: AvroJson, fallback = ''): ColumnCodec => ({
  schema,
  write: writeSlice,
  writeFallback: (out) => writeText(out, fallback),
  writeUnavailable: (out) => writeText(out, UNAVAILABLE_VALUE),
});

export const plainText = textCodec('string');
export const uuid = textCodec(connectType('string', 'io.debezium.data.Uuid'));
export const json = textCodec(connectType('string', 'io.debezium.data.Json'));
export const xml = textCodec(connectType('string', 'io.debezium.data.Xml'));

/** An enum type; `labels` in the order of the type. */
export const enumeration = (labels: readonly string[]): ColumnCodec =>
  textCodec(connectType('string', 'io.debezium.data.Enum', { allowed: labels.join(',') }));

const nibble = (byte: number | undefined): number => {
  if (byte === undefined) return -1;
  if (byte >= 48 && byte <= 57) return byte - 48;
  if (byte >= 97 && byte <= 102) return byte - 87;
  return -1;
};

const writeHex = (out: AvroOutput, source: Buffer, start: number, length: number): void => {
  // bytea_output = hex: \x and two digits per byte
  if (length < 2 || length % 2 !== 0 || source[start] !== 92 || source[start + 1] !== 120) {
    throw invalidValue('bytea');
  }
  writeLong(out, length / 2 - 1);
  for (let i = start + 2; i < start + length; i += 2) {
    const byte = (nibble(source[i]) << 4) | nibble(source[i + 1]);
    if (byte < 0) throw invalidValue('bytea');
    writeByte(out, byte);
  }
};

export const bytea: ColumnCodec = {
  schema: 'bytes',
  write: writeHex,
  writeFallback: (out) => writeLong(out, 0),
  writeUnavailable: (out) => writeText(out, UNAVAILABLE_VALUE),
};
