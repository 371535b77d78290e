/**
 * One text for one value on both sides: how a column of PostgreSQL and the column of ClickHouse that it
 * landed in are written so that equal values are equal bytes. Numbers without trailing zeros, floats by their
 * bits, times as microseconds since 1970, bytes as hex. A pair of types without such a text is not compared,
 * and said so: it never counts as equal.
 */
import { quoteName } from '@millrace/contracts';

/** SQL expressions of the value as text, null where it is null. */
export interface TextPair {
  readonly postgres: string;
  readonly clickhouse: string;
}

/** A column's type in PostgreSQL: the base type of a domain. */
export interface SourceType {
  /** `pg_type.typname`, e.g. `int8`, `bpchar`, `_text` for an array. */
  readonly name: string;
  readonly isEnum: boolean;
}

type Writing = (source: string, target: string) => TextPair;

const asText: Writing = (source, target) => ({ postgres: `${source}::text`, clickhouse: target });
const asString: Writing = (source, target) => ({
  postgres: `${source}::text`,
  clickhouse: `toString(${target})`,
});

interface Family {
  readonly target: RegExp;
  readonly source: RegExp;
  readonly write: Writing;
}

/** What stands for an infinity in a column of this type, as the capture writes it. */
const infinities = (source: string, highest: string, lowest: string): string =>
  `case when ${source} > '-infinity' then '${highest}' else '${lowest}' end`;

/** As numeric: PostgreSQL's last years are beyond 64 bits of microseconds. */
const micros = (source: string): string =>
  `case when isfinite(${source}) then (extract(epoch from ${source})::numeric * 1000000)::numeric(40, 0)::text
     when ${source} is not null then ${infinities(source, '9223372036825200000', '-9223372036832400000')} end`;

/** The first that fits decides. */
const families: readonly Family[] = [
  { target: /^U?Int\d+$/, source: /^(int[248]|oid)$/, write: asString },
  {
    target: /^Bool$/,
    source: /^bool$/,
    write: (source, target) => ({
      postgres: `${source}::int::text`,
      clickhouse: `toString(toUInt8(${target}))`,
    }),
  },
  {
    target: /^Float64$/,
    source: /^float[48]$/,
    write: (source, target) => ({
      postgres: `encode(float8send(${source}::float8), 'hex')`,
      clickhouse: `lower(leftPad(hex(reinterpretAsUInt64(${target})), 16, '0'))`,
    }),
  },
  {
    target: /^Float32$/,
    source: /^float4$/,
    write: (source, target) => ({
      postgres: `encode(float4send(${source}), 'hex')`,
      clickhouse: `lower(leftPad(hex(reinterpretAsUInt32(${target})), 8, '0'))`,
    }),
  },
  {
    target: /^Decimal\(/,
    source: /^numeric$/,
    write: (source, target) => ({
      postgres: `trim_scale(${source})::text`,
      clickhouse: `toString(${target})`,
    }),
  },
  { target: /^UUID$/, source: /^uuid$/, write: asString },
  {
    target: /^Date(32)?$/,
    source: /^date$/,
    write: (source, target) => ({
      postgres: `case when isfinite(${source}) then (${source} - date '1970-01-01')::text
        when ${source} is not null then ${infinities(source, '2147483647', '-2147483648')} end`,
      clickhouse: `toString(toInt32(${target}))`,
    }),
  },
  {
    target: /^DateTime64\(/,
    source: /^timestamp(tz)?$/,
    write: (source, target) => ({
      postgres: micros(source),
      clickhouse: `toString(toUnixTimestamp64Micro(CAST(${target} AS DateTime64(6, 'UTC'))))`,
    }),
  },
  { target: /^String$/, source: /^(text|varchar|name|citext|jsonb?|xml|uuid)$/, write: asText },
  {
    // the cast to text would drop the blanks that are part of the value
    target: /^String$/,
    source: /^bpchar$/,
    write: (source, target) => ({ postgres: `textin(bpcharout(${source}))`, clickhouse: target }),
  },
  {
    target: /^String$/,
    source: /^bytea$/,
    write: (source, target) => ({
      postgres: `encode(${source}, 'hex')`,
      clickhouse: `lower(hex(${target}))`,
    }),
  },
];

/** Undefined where the two types have no common text. `name` is the column's on both sides. */
export function textPair(
  name: string,
  source: SourceType,
  clickhouseType: string,
): TextPair | undefined {
  const isNullable = /^(LowCardinality\()?Nullable\(/.test(clickhouseType);
  const bare = clickhouseType
    .replace(/^LowCardinality\((.*)\)$/, '$1')
    .replace(/^Nullable\((.*)\)$/, '$1');
  const typeName = source.isEnum ? 'text' : source.name;
  const family = families.find((one) => one.target.test(bare) && one.source.test(typeName));
  if (family === undefined) return undefined;
  const column = quoteName(name);
  // raw bytes cannot be reinterpreted under a null
  const target = isNullable ? `assumeNotNull(${column})` : column;
  const pair = family.write(quotePostgres(name), target);
  if (!isNullable) return pair;
  return { ...pair, clickhouse: `if(isNull(${column}), NULL, ${pair.clickhouse})` };
}

/** A quoted identifier of PostgreSQL. */
export const quotePostgres = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** All columns of a row as one text: each with its length, so that no two rows share one. */
export const rowText = (pairs: readonly TextPair[]): TextPair => ({
  postgres: pairs
    .map(({ postgres }) => `coalesce(char_length(${postgres}) || ':' || ${postgres}, '-')`)
    .join(' || '),
  clickhouse: `concat(${pairs
    .map(
      ({ clickhouse }) =>
        `ifNull(concat(toString(lengthUTF8(${clickhouse})), ':', ${clickhouse}), '-')`,
    )
    .join(', ')}, '')`,
});

/** The first 60 bits of a text's MD5 as a number that both servers can add up. */
export const hashOf = ({ postgres, clickhouse }: TextPair): TextPair => ({
  postgres: `('x' || substr(md5(convert_to(${postgres}, 'UTF8')), 1, 15))::bit(60)::bigint`,
  clickhouse: `toInt64(bitShiftRight(reinterpretAsUInt64(reverse(substring(MD5(${clickhouse}), 1, 8))), 4))`,
});
