/**
 * Arrays of a type that has a codec, in text and in binary form. Dimensions are not part of a PostgreSQL type, so an array of more
 * than one is written flat, row by row; lower bounds are dropped. Source: PostgreSQL documentation,
 * Array Input and Output Syntax.
 */
import { type AvroOutput, writeByte, writeLong } from './avro-output.ts';
import { type ColumnCodec, invalidValue } from './column-codec.ts';

const OPEN = 123;
const CLOSE = 125;
const QUOTE = 34;
const BACKSLASH = 92;
const COMMA = 44;
const EQUALS = 61;

/** Binary form: dimensions, whether there are nulls, element type; a size and a lower bound for each dimension. */
const HEADER_BYTES = 12;
const DIMENSION_BYTES = 8;
/** PostgreSQL's MAXDIM. */
const DIMENSIONS_MAX = 6;

interface Elements {
  /** The unescaped elements, one behind the other. */
  bytes: Buffer;
  starts: number[];
  lengths: number[];
  nulls: boolean[];
}

const isNullWord = (bytes: Buffer, start: number, length: number): boolean =>
  length === 4 && bytes.toString('latin1', start, start + 4).toUpperCase() === 'NULL';

/** Splits `{a,"b,\"c",NULL}`; nested braces only separate. Throws `cdc.value-invalid`. */
const splitElements = (
  source: Buffer,
  start: number,
  length: number,
  delimiter: number,
): Elements => {
  const bytes = Buffer.allocUnsafe(length);
  const elements: Elements = { bytes, starts: [], lengths: [], nulls: [] };
  const end = start + length;
  let at = start;
  // explicit bounds come first: [0:2]={…}
  if (source[at] === 91) at = source.indexOf(EQUALS, at) + 1 || end;
  if (at >= end || source[at] !== OPEN) throw invalidValue('array');
  let filled = 0;
  let depth = 0;
  while (at < end) {
    const byte = source[at];
    if (byte === OPEN || byte === CLOSE || byte === delimiter) {
      depth += byte === OPEN ? 1 : byte === CLOSE ? -1 : 0;
      at++;
      continue;
    }
    const elementStart = filled;
    const quoted = byte === QUOTE;
    if (quoted) at++;
    for (; at < end; at++) {
      let letter = source[at] as number;
      if (quoted ? letter === QUOTE : letter === delimiter || letter === CLOSE) break;
      if (letter === BACKSLASH) letter = source[++at] as number;
      bytes[filled++] = letter;
    }
    if (quoted) at++;
    elements.starts.push(elementStart);
    elements.lengths.push(filled - elementStart);
    elements.nulls.push(!quoted && isNullWord(bytes, elementStart, filled - elementStart));
  }
  if (depth !== 0) throw invalidValue('array');
  return elements;
};

/** The stand-in for a value that was not sent: all the items, with their count and branches. */
type WriteItems = (out: AvroOutput) => void;

/** An item that Avro cannot say is null; its place, counted from 1 through all dimensions, and what it was. */
const writeSpecialItem = (out: AvroOutput, index: number, text: string | undefined): void => {
  out.specialValues.push(`[${index + 1}]=${text ?? ''}`);
  writeByte(out, 0);
};

const writeBinaryItems = (
  element: ColumnCodec,
  writeElement: NonNullable<ColumnCodec['writeBinary']>,
): NonNullable<ColumnCodec['writeBinary']> => {
  return (out, source, start, length) => {
    const end = start + length;
    if (length < HEADER_BYTES) throw invalidValue('array');
    const dimensions = source.readInt32BE(start);
    let at = start + HEADER_BYTES + dimensions * DIMENSION_BYTES;
    if (dimensions < 0 || dimensions > DIMENSIONS_MAX || at > end) throw invalidValue('array');
    let count = dimensions === 0 ? 0 : 1;
    for (let i = 0; i < dimensions; i++) {
      count *= source.readInt32BE(start + HEADER_BYTES + i * DIMENSION_BYTES);
    }
    if (count < 0 || count * 4 > end - at) throw invalidValue('array');
    if (count > 0) writeLong(out, count);
    for (let i = 0; i < count; i++) {
      if (at + 4 > end) throw invalidValue('array');
      const size = source.readInt32BE(at);
      at += 4;
      if (at + Math.max(size, 0) > end) throw invalidValue('array');
      if (size < 0) {
        writeByte(out, 0);
      } else if (element.isSpecialBinary?.(source, at, size)) {
        writeSpecialItem(out, i, element.specialText?.(source, at, size));
      } else {
        writeByte(out, 2);
        writeElement(out, source, at, size);
      }
      at += Math.max(size, 0);
    }
    writeByte(out, 0);
  };
};

const unavailableItem = ({ writeUnavailable }: ColumnCodec): WriteItems | undefined =>
  writeUnavailable === undefined
    ? undefined
    : (out) => {
        writeLong(out, 1);
        writeByte(out, 2);
        writeUnavailable(out);
      };

/**
 * An array whose elements may be null; `delimiter` is the element type's, as a character code. Without
 * `writeUnavailableItems` a value that was not sent is one element, the element's own stand-in.
 */
export const arrayOf = (
  element: ColumnCodec,
  delimiter = COMMA,
  writeUnavailableItems = unavailableItem(element),
): ColumnCodec => ({
  schema: { type: 'array', items: ['null', element.schema] },
  write: (out, source, start, length) => {
    const { bytes, starts, lengths, nulls } = splitElements(source, start, length, delimiter);
    if (starts.length > 0) writeLong(out, starts.length);
    for (let i = 0; i < starts.length; i++) {
      const from = starts[i] as number;
      const size = lengths[i] as number;
      if (nulls[i]) {
        writeByte(out, 0);
      } else if (element.isSpecial?.(bytes, from, size)) {
        writeSpecialItem(out, i, bytes.toString('latin1', from, from + size));
      } else {
        writeByte(out, 2);
        element.write(out, bytes, from, size);
      }
    }
    writeByte(out, 0);
  },
  ...(element.writeBinary === undefined
    ? {}
    : { writeBinary: writeBinaryItems(element, element.writeBinary) }),
  writeFallback: (out) => writeByte(out, 0),
  ...(element.isSpecial === undefined ? {} : { namesItems: true }),
  ...(element.growthMax === undefined ? {} : { growthMax: element.growthMax }),
  ...(writeUnavailableItems === undefined
    ? {}
    : {
        writeUnavailable: (out: AvroOutput) => {
          writeUnavailableItems(out);
          writeByte(out, 0);
        },
      }),
});
