/**
 * Arrays of a type that has a codec. Dimensions are not part of a PostgreSQL type, so an array of more
 * than one is written flat, row by row; lower bounds are dropped. Source: PostgreSQL documentation,
 * Array Input and Output Syntax.
 */
import { writeByte, writeLong } from './avro-output.ts';
import { type ColumnCodec, invalidValue } from './column-codec.ts';

const OPEN = 123;
const CLOSE = 125;
const QUOTE = 34;
const BACKSLASH = 92;
const COMMA = 44;
const EQUALS = 61;

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
const splitElements = (source: Buffer, start: number, length: number): Elements => {
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
    if (byte === OPEN || byte === CLOSE || byte === COMMA) {
      depth += byte === OPEN ? 1 : byte === CLOSE ? -1 : 0;
      at++;
      continue;
    }
    const elementStart = filled;
    const quoted = byte === QUOTE;
    if (quoted) at++;
    for (; at < end; at++) {
      let letter = source[at] as number;
      if (quoted ? letter === QUOTE : letter === COMMA || letter === CLOSE) break;
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

/** An array whose elements may be null. */
export const arrayOf = (element: ColumnCodec): ColumnCodec => {
  const writeEmpty: ColumnCodec['writeFallback'] = (out) => writeByte(out, 0);
  const { writeUnavailable } = element;
  return {
    schema: { type: 'array', items: ['null', element.schema] },
    write: (out, source, start, length) => {
      const { bytes, starts, lengths, nulls } = splitElements(source, start, length);
      if (starts.length > 0) writeLong(out, starts.length);
      for (let i = 0; i < starts.length; i++) {
        const from = starts[i] as number;
        const size = lengths[i] as number;
        if (nulls[i] || element.isSpecial?.(bytes, from, size)) {
          writeByte(out, 0);
        } else {
          writeByte(out, 2);
          element.write(out, bytes, from, size);
        }
      }
      writeByte(out, 0);
    },
    writeFallback: writeEmpty,
    // Debezium: an array of one element, the stand-in
    ...(writeUnavailable === undefined
      ? {}
      : {
          writeUnavailable: (out) => {
            writeLong(out, 1);
            writeByte(out, 2);
            writeUnavailable(out);
            writeByte(out, 0);
          },
        }),
  };
};
