/**
 * PostgreSQL's geometric types and PostGIS as Debezium's records: WKB in little endian, with the type's name in
 * the extensions where WKB has none for it. Sources: OGC 06-103r4 (WKB), PostGIS documentation (EWKB),
 * PostgreSQL's send functions.
 */
import { type AvroOutput, writeByte, writeLong, writeSlice, writeText } from './avro-output.ts';
import { writeHexDigits } from './byte-codecs.ts';
import { type AvroJson, type ColumnCodec, invalidValue } from './column-codec.ts';

const optional = (name: string, type: AvroJson) => ({ name, type: ['null', type], default: null });
const srid = optional('srid', 'int');

const record = (name: string, version: number, doc: string, fields: readonly unknown[]) => ({
  type: 'record',
  name,
  namespace: 'io.debezium.data.geometry',
  fields,
  'connect.doc': doc,
  'connect.version': version,
  'connect.name': `io.debezium.data.geometry.${name}`,
});
const double = (name: string) => ({ name, type: 'double' });

const pointSchema = record('Point', 1, 'Geometry (POINT)', [
  ...[double('x'), double('y'), optional('wkb', 'bytes'), srid],
]);
const geometrySchema = record('Geometry', 2, 'Geometry', [
  ...[
    { name: 'wkb', type: 'bytes' },
    srid,
    optional('extensions', { type: 'map', values: 'string' }),
  ],
]);
const circleSchema = record('Circle', 1, 'Geometry (CIRCLE)', [
  ...[{ name: 'center', type: pointSchema }, double('radius')],
]);
const lineSchema = record('Line', 1, 'Geometry (LINE)', ['a', 'b', 'c'].map(double));
const geographySchema = record('Geography', 1, 'Geography', [{ name: 'wkb', type: 'bytes' }, srid]);

const writeDouble = (out: AvroOutput, value: number): void => {
  out.bytes.writeDoubleLE(value, out.position);
  out.position += 8;
};

const writeUInt32 = (out: AvroOutput, value: number): void => {
  out.bytes.writeUInt32LE(value, out.position);
  out.position += 4;
};

/** Byte order and geometry type. */
const writeWkbHeader = (out: AvroOutput, type: number): void => {
  writeByte(out, 1);
  writeUInt32(out, type);
};

/** The numbers of a value and whether it is a closed path. */
interface Shape {
  readonly numbers: readonly number[];
  readonly closed: boolean;
}

const NUMBER = /[-+]?(?:\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|Infinity|NaN)/g;

const shapeOfText = (source: Buffer, start: number, length: number): Shape => {
  const text = source.toString('latin1', start, start + length);
  return { numbers: (text.match(NUMBER) ?? []).map(Number), closed: text.startsWith('(') };
};

const doubles = (source: Buffer, start: number, end: number): number[] => {
  const numbers: number[] = [];
  for (let at = start; at + 8 <= end; at += 8) numbers.push(source.readDoubleBE(at));
  return numbers;
};

/** Bytes before the coordinates: a path has its flag and a count, a polygon its count. */
const geometric = (
  schema: AvroJson,
  numberCount: number | undefined,
  headerBytes: number,
  writeShape: (out: AvroOutput, shape: Shape) => void,
  fallback: Shape,
): ColumnCodec => {
  const checked = (out: AvroOutput, shape: Shape): void => {
    const { length } = shape.numbers;
    if (numberCount === undefined ? length === 0 || length % 2 === 1 : length !== numberCount) {
      throw invalidValue('geometric');
    }
    writeShape(out, shape);
  };
  return {
    schema,
    write: (out, source, start, length) => checked(out, shapeOfText(source, start, length)),
    writeBinary: (out, source, start, length) =>
      checked(out, {
        numbers: doubles(source, start + headerBytes, start + length),
        closed: source[start] !== 0,
      }),
    writeFallback: (out) => writeShape(out, fallback),
  };
};

const shape = (...numbers: readonly number[]): Shape => ({ numbers, closed: true });

const writePoint = (out: AvroOutput, { numbers: [x = 0, y = 0] }: Shape): void => {
  writeDouble(out, x);
  writeDouble(out, y);
  writeByte(out, 2);
  writeLong(out, 21);
  writeWkbHeader(out, 1);
  writeDouble(out, x);
  writeDouble(out, y);
  writeByte(out, 0);
};

export const point = geometric(pointSchema, 2, 0, writePoint, shape(0, 0));

export const circle: ColumnCodec = {
  ...geometric(
    circleSchema,
    3,
    0,
    (out, value) => {
      writePoint(out, value);
      writeDouble(out, value.numbers[2] as number);
    },
    shape(0, 0, 0),
  ),
  isOptional: true,
};

export const line: ColumnCodec = {
  ...geometric(
    lineSchema,
    3,
    0,
    (out, { numbers }) => {
      for (const number of numbers) writeDouble(out, number);
    },
    shape(0, 1, 0),
  ),
  isOptional: true,
};

const LINE_STRING = 2;
const POLYGON = 3;

/** A WKB line string or polygon of one ring, no SRID, and the extensions. */
const writeGeometry = (
  out: AvroOutput,
  type: number,
  numbers: readonly number[],
  extensions: readonly (readonly [string, string])[],
): void => {
  writeLong(out, (type === POLYGON ? 13 : 9) + 8 * numbers.length);
  writeWkbHeader(out, type);
  if (type === POLYGON) writeUInt32(out, 1);
  writeUInt32(out, numbers.length / 2);
  for (const number of numbers) writeDouble(out, number);
  writeByte(out, 0);
  writeByte(out, 2);
  writeLong(out, extensions.length);
  for (const [key, value] of extensions) {
    writeText(out, key);
    writeText(out, value);
  }
  writeByte(out, 0);
};

export const box: ColumnCodec = {
  ...geometric(
    geometrySchema,
    4,
    0,
    (out, { numbers: [x1 = 0, y1 = 0, x2 = 0, y2 = 0] }) =>
      writeGeometry(out, POLYGON, [x1, y1, x1, y2, x2, y2, x2, y1, x1, y1], [['type', 'box']]),
    shape(0, 0, 1, 1),
  ),
  isOptional: true,
  // 12 characters in an array become 110 bytes
  growthMax: 10,
};

export const lseg: ColumnCodec = {
  ...geometric(
    geometrySchema,
    4,
    0,
    (out, { numbers }) => writeGeometry(out, LINE_STRING, numbers, [['type', 'lseg']]),
    shape(0, 0, 1, 0),
  ),
  isOptional: true,
};

export const path: ColumnCodec = {
  ...geometric(
    geometrySchema,
    undefined,
    5,
    (out, { numbers, closed }) =>
      writeGeometry(out, LINE_STRING, numbers, [
        ['type', 'path'],
        ['closed', String(closed)],
      ]),
    shape(0, 0, 1, 0),
  ),
  isOptional: true,
};

export const polygon: ColumnCodec = {
  ...geometric(
    geometrySchema,
    undefined,
    4,
    (out, { numbers }) => {
      const [x, y] = numbers as [number, number];
      const isClosed = numbers.length < 4 || (numbers.at(-2) === x && numbers.at(-1) === y);
      const ring = isClosed ? numbers : [...numbers, x, y];
      writeGeometry(out, POLYGON, ring, [['type', 'polygon']]);
    },
    shape(0, 0, 1, 0, 0, 1, 0, 0),
  ),
  isOptional: true,
};

const SRID_FLAG = 0x2000_0000;
const EMPTY_COLLECTION = Buffer.from('010700000000000000', 'hex');

/** What follows the bytes: the SRID that EWKB carries in itself, if it does. */
const writeSrid = (out: AvroOutput, ewkb: Buffer, start: number, length: number): void => {
  if (length < 9) throw invalidValue('geometry');
  const isLittle = ewkb[start] !== 0;
  const type = isLittle ? ewkb.readUInt32LE(start + 1) : ewkb.readUInt32BE(start + 1);
  if ((type & SRID_FLAG) === 0) {
    writeByte(out, 0);
    return;
  }
  writeByte(out, 2);
  writeLong(out, isLittle ? ewkb.readInt32LE(start + 5) : ewkb.readInt32BE(start + 5));
};

/** PostGIS prints EWKB in hexadecimal digits and sends it as it is. */
const postgis = (schema: AvroJson, hasExtensions: boolean): ColumnCodec => {
  const writeEwkb: NonNullable<ColumnCodec['writeBinary']> = (out, source, start, length) => {
    writeSlice(out, source, start, length);
    writeSrid(out, source, start, length);
    if (hasExtensions) writeByte(out, 0);
  };
  return {
    schema,
    write: (out, source, start, length) => {
      writeHexDigits(out, source, start, length);
      const size = length / 2;
      writeSrid(out, out.bytes, out.position - size, size);
      if (hasExtensions) writeByte(out, 0);
    },
    writeBinary: writeEwkb,
    writeFallback: (out) => writeEwkb(out, EMPTY_COLLECTION, 0, EMPTY_COLLECTION.length),
  };
};

export const postgisGeometry: ColumnCodec = { ...postgis(geometrySchema, true), isOptional: true };
export const postgisGeography = postgis(geographySchema, false);
