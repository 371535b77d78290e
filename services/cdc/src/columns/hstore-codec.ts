/**
 * hstore as the text of a JSON object or as a map. Pairs keep PostgreSQL's order.
 * Source: PostgreSQL documentation, hstore; its send function for the binary form.
 */
import { writeByte, writeLong, writeText } from './avro-output.ts';
import { type ColumnCodec, invalidValue } from './column-codec.ts';
import type { ColumnModes } from './column-modes.ts';
import { json, UNAVAILABLE_VALUE } from './text-codecs.ts';

type Pairs = readonly (readonly [key: string, value: string | null])[];

const PAIR = /"((?:[^"\\]|\\.)*)"=>(?:"((?:[^"\\]|\\.)*)"|NULL)(?:, |$)/gsy;
const withoutEscapes = (text: string): string => text.replaceAll(/\\(.)/gs, '$1');

const pairsOfText = (source: Buffer, start: number, length: number): Pairs => {
  const text = source.toString('utf8', start, start + length);
  const pairs: [string, string | null][] = [];
  PAIR.lastIndex = 0;
  while (PAIR.lastIndex < text.length) {
    const found = PAIR.exec(text);
    if (found === null) throw invalidValue('hstore');
    const [, key = '', value] = found;
    pairs.push([withoutEscapes(key), value === undefined ? null : withoutEscapes(value)]);
  }
  return pairs;
};

const pairsOfBinary = (source: Buffer, start: number, length: number): Pairs => {
  let at = start;
  const number = (): number => {
    if (at + 4 > start + length) throw invalidValue('hstore');
    at += 4;
    return source.readInt32BE(at - 4);
  };
  const text = (): string | null => {
    const size = number();
    if (size < 0) return null;
    if (at + size > start + length) throw invalidValue('hstore');
    at += size;
    return source.toString('utf8', at - size, at);
  };
  return Array.from({ length: number() }, () => [text() ?? '', text()] as const);
};

const jsonOf = (pairs: Pairs): string =>
  `{${pairs.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`;

/** What one value becomes, from either form. */
const hstoreCodec = (
  schema: ColumnCodec['schema'],
  writePairs: (out: Parameters<ColumnCodec['write']>[0], pairs: Pairs) => void,
): ColumnCodec => ({
  schema,
  write: (out, source, start, length) => writePairs(out, pairsOfText(source, start, length)),
  writeBinary: (out, source, start, length) =>
    writePairs(out, pairsOfBinary(source, start, length)),
  writeFallback: (out) => writePairs(out, []),
  writeUnavailable: (out) => writePairs(out, [[UNAVAILABLE_VALUE, UNAVAILABLE_VALUE]]),
});

const asJson = hstoreCodec(json.schema, (out, pairs) => writeText(out, jsonOf(pairs)));

const asMap = hstoreCodec({ type: 'map', values: ['null', 'string'] }, (out, pairs) => {
  if (pairs.length > 0) writeLong(out, pairs.length);
  for (const [key, value] of pairs) {
    writeText(out, key);
    writeByte(out, value === null ? 0 : 2);
    if (value !== null) writeText(out, value);
  }
  writeByte(out, 0);
});

export const hstore = (mode: ColumnModes['hstore']): ColumnCodec =>
  mode === 'map' ? asMap : asJson;
