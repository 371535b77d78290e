/**
 * Which codec serves which PostgreSQL type: the one table to extend. Types that are not in it are carried
 * as PostgreSQL's text. Time zone, date style and the like are fixed by the session
 * (`source/session-settings.ts`), never by the process.
 */
import { arrayOf } from './array-codec.ts';
import type { ColumnCodec } from './column-codec.ts';
import type { ColumnModes } from './column-modes.ts';
import { decimal, money, variableScaleDecimal } from './decimal-codecs.ts';
import { bool, float4, float8, int2, int4, int8 } from './number-codecs.ts';
import { bytea, enumeration, json, plainText, uuid, xml } from './text-codecs.ts';
import { date, interval, time, timestamp, timestamptz, timetz } from './time-codecs.ts';

/** What pg_type says of a type; arrays, enums and domains point further. */
export interface TypeFacts {
  readonly oid: number;
  readonly name: string;
  readonly kind: 'base' | 'enum' | 'domain' | 'array';
  /** The element type of an array, the base type of a domain. */
  readonly of?: number;
  /** The modifier that a domain lays on its base type. */
  readonly ofModifier?: number;
  readonly labels?: readonly string[];
}

export type TypeCatalog = ReadonlyMap<number, TypeFacts>;

const numeric = (typeModifier: number): ColumnCodec => {
  if (typeModifier < 4) return variableScaleDecimal;
  const packed = typeModifier - 4;
  // the scale is an 11-bit signed integer
  return decimal((packed >> 16) & 0xffff, ((packed & 0x7ff) ^ 1024) - 1024);
};

/** Time types carry their digits of a second as the modifier; without one they have six. */
const digits = (typeModifier: number): number => (typeModifier < 0 ? 6 : typeModifier);

/** By pg_type.typname in pg_catalog; the function gets the column's modifier and the modes. */
const byName: Readonly<Record<string, (typeModifier: number, modes: ColumnModes) => ColumnCodec>> =
  {
    bool: () => bool,
    int2: () => int2,
    int4: () => int4,
    int8: () => int8,
    oid: () => int8,
    float4: () => float4,
    float8: () => float8,
    numeric,
    money: () => money,
    bytea: () => bytea,
    uuid: () => uuid,
    json: () => json,
    jsonb: () => json,
    xml: () => xml,
    date: () => date,
    time: (modifier) => time(digits(modifier)),
    timetz: () => timetz,
    timestamp: (modifier) => timestamp(digits(modifier)),
    timestamptz: (modifier) => timestamptz(digits(modifier)),
    interval: () => interval,
  };

/** The codec of a column; `plainText` for types that nothing is known of. */
export const codecForType = (
  types: TypeCatalog,
  typeOid: number,
  typeModifier: number,
  modes: ColumnModes,
): ColumnCodec => {
  const facts = types.get(typeOid);
  if (facts === undefined) return plainText;
  switch (facts.kind) {
    case 'enum':
      return enumeration(facts.labels ?? []);
    case 'domain':
      return facts.of === undefined
        ? plainText
        : codecForType(types, facts.of, facts.ofModifier ?? -1, modes);
    case 'array':
      // a modifier on an array column is that of its elements
      return facts.of === undefined
        ? plainText
        : arrayOf(codecForType(types, facts.of, typeModifier, modes));
    default:
      return byName[facts.name]?.(typeModifier, modes) ?? plainText;
  }
};
