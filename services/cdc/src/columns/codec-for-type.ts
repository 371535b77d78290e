/**
 * Which codec serves which PostgreSQL type: the one table to extend. Types that are not in it are carried
 * as PostgreSQL's text. Time zone, date style and the like are fixed by the session
 * (`source/session-settings.ts`), never by the process.
 */
import { arrayOf } from './array-codec.ts';
import { bits, bytea } from './byte-codecs.ts';
import type { ColumnCodec } from './column-codec.ts';
import type { ColumnModes } from './column-modes.ts';
import { decimal, money, unboundedDecimal } from './decimal-codecs.ts';
import {
  box,
  circle,
  line,
  lseg,
  path,
  point,
  polygon,
  postgisGeography,
  postgisGeometry,
} from './geometry-codecs.ts';
import { hstore } from './hstore-codec.ts';
import { interval } from './interval-codec.ts';
import { bool, float4, float8, int2, int4, int8, oid } from './number-codecs.ts';
import {
  enumeration,
  json,
  jsonb,
  ltree,
  plainText,
  textOnly,
  tsvector,
  uuid,
  writeUnavailableIntegers,
  writeUnavailableUuid,
  xml,
} from './text-codecs.ts';
import { date, time, timetz } from './time-codecs.ts';
import { timestamp, timestamptz } from './timestamp-codecs.ts';
import { halfvec, sparsevec, vector } from './vector-codecs.ts';

/** What pg_type says of a type; arrays, enums and domains point further. */
export interface TypeFacts {
  readonly oid: number;
  /** `text` of pg_catalog, `hstore/hstore` of an extension (its name first), `public.mood` of anybody. */
  readonly name: string;
  readonly kind: 'base' | 'enum' | 'domain' | 'array';
  /** The element type of an array, the base type of a domain. */
  readonly of?: number;
  /** The modifier that a domain lays on its base type. */
  readonly ofModifier?: number;
  readonly labels?: readonly string[];
  /** Between the elements of an array: a comma, a semicolon for box, a colon for PostGIS. */
  readonly delimiter?: string;
}

export type TypeCatalog = ReadonlyMap<number, TypeFacts>;

/** Digits behind the point that numeric(p,s) declares, an 11-bit signed integer; undefined without one. */
export const scaleOf = (typeModifier: number): number | undefined =>
  typeModifier < 4 ? undefined : (((typeModifier - 4) & 0x7ff) ^ 1024) - 1024;

const numeric = (typeModifier: number, modes: ColumnModes): ColumnCodec => {
  const scale = scaleOf(typeModifier);
  if (scale === undefined) return unboundedDecimal(modes.decimal);
  return decimal(((typeModifier - 4) >> 16) & 0xffff, scale, modes.decimal);
};

/** Time types carry their digits of a second as the modifier; without one they have six. */
const digits = (typeModifier: number): number => (typeModifier < 0 ? 6 : typeModifier);

/** By the name of `TypeFacts`; the function gets the column's modifier and the modes. */
const byName: Readonly<Record<string, (typeModifier: number, modes: ColumnModes) => ColumnCodec>> =
  {
    bool: () => bool,
    int2: () => int2,
    int4: () => int4,
    int8: () => int8,
    oid: () => oid,
    float4: () => float4,
    float8: () => float8,
    numeric,
    money: (_modifier, modes) => money(modes.decimal),
    text: () => plainText,
    varchar: () => plainText,
    bpchar: () => plainText,
    name: () => plainText,
    char: () => textOnly,
    refcursor: () => plainText,
    'citext/citext': () => plainText,
    bytea: (_modifier, { binary }) => bytea(binary),
    bit: (length) => bits(length < 0 ? 1 : length),
    varbit: bits,
    uuid: () => uuid,
    json: () => json,
    jsonb: () => jsonb,
    xml: () => xml,
    tsvector: () => tsvector,
    'ltree/ltree': () => ltree,
    'hstore/hstore': (_modifier, modes) => hstore(modes.hstore),
    point: () => point,
    line: () => line,
    lseg: () => lseg,
    box: () => box,
    path: () => path,
    polygon: () => polygon,
    circle: () => circle,
    'postgis/geometry': () => postgisGeometry,
    'postgis/geography': () => postgisGeography,
    'vector/vector': () => vector,
    'vector/halfvec': () => halfvec,
    'vector/sparsevec': () => sparsevec,
    date: (_modifier, { timePrecision }) => date(timePrecision),
    time: (modifier, { timePrecision }) => time(digits(modifier), timePrecision),
    timetz: () => timetz,
    timestamp: (modifier, { timePrecision }) => timestamp(digits(modifier), timePrecision),
    timestamptz: (modifier) => timestamptz(digits(modifier)),
    interval: (_modifier, modes) => interval(modes.interval),
  };

/** Stand-ins of whole arrays, where they are not one element: Debezium's. */
const unavailableItems: Readonly<Record<string, typeof writeUnavailableUuid>> = {
  uuid: writeUnavailableUuid,
  int4: writeUnavailableIntegers,
  int8: writeUnavailableIntegers,
  date: writeUnavailableIntegers,
};

const isInteger = ({ schema }: ColumnCodec): boolean => {
  const type = typeof schema === 'string' ? schema : schema['type'];
  return type === 'int' || type === 'long';
};

const arrayCodec = (
  types: TypeCatalog,
  { of = 0, delimiter = ',' }: TypeFacts,
  typeModifier: number,
  modes: ColumnModes,
): ColumnCodec => {
  // a modifier on an array column is that of its elements
  const element = codecForType(types, of, typeModifier, modes);
  const name = types.get(of)?.name ?? '';
  const writeItems = name === 'uuid' || isInteger(element) ? unavailableItems[name] : undefined;
  return arrayOf(element, delimiter.charCodeAt(0), writeItems);
};

/** The codec of a column; `textOnly` for types that nothing is known of. */
export const codecForType = (
  types: TypeCatalog,
  typeOid: number,
  typeModifier: number,
  modes: ColumnModes,
): ColumnCodec => {
  const facts = types.get(typeOid);
  if (facts === undefined) return textOnly;
  switch (facts.kind) {
    case 'enum':
      return enumeration(facts.labels ?? [], typeOid);
    case 'domain':
      return facts.of === undefined
        ? textOnly
        : codecForType(types, facts.of, facts.ofModifier ?? -1, modes);
    case 'array':
      return arrayCodec(types, facts, typeModifier, modes);
    default:
      return byName[facts.name]?.(typeModifier, modes) ?? textOnly;
  }
};
