/**
 * A dimension and its source table as two halves of one comparison: which columns are compared, by which
 * texts, and the statements that ask both servers for sums, for rows, and for single keys again.
 */
import type { ClickHouse } from '@millrace/clickhouse';
import { MillraceError, quoteName, type WarehouseContract } from '@millrace/contracts';
import type pg from 'pg';
import {
  hashOf,
  quotePostgres,
  rowText,
  type SourceType,
  type TextPair,
  textPair,
} from './canonical-text.ts';

export interface ComparedTable {
  /** Columns in the order of the texts of a row. */
  readonly columns: readonly string[];
  /** Columns whose types have no common text. */
  readonly notCompared: readonly string[];
  /** Rows and hashes by bucket of keys. */
  sums(buckets: number): Sides<readonly Bucket[]>;
  /** Rows whose keys fall into the buckets. */
  rows(buckets: number, wanted: readonly number[]): Sides<readonly ComparedRow[]>;
  /** Rows with these hashes of keys. */
  again(keyHashes: readonly string[]): Sides<readonly ComparedRow[]>;
}

export interface Sides<T> {
  source(client: pg.ClientBase): Promise<T>;
  target(clickhouse: ClickHouse): Promise<T>;
}

export interface Bucket {
  readonly bucket: number;
  readonly rows: number;
  readonly hash: string;
}

export interface ComparedRow {
  readonly keyHash: string;
  /** The key as texts of its columns. */
  readonly key: readonly (string | null)[];
  readonly hash: string;
  /** MD5 of each column's text, or the text itself when values may be shown. */
  readonly values: readonly (string | null)[];
  /** Of the source: the transaction that wrote this version of the row. */
  readonly version?: string;
}

/** Values of one row are shown up to this length. */
const SHOWN_CHARS = 200;

/** Throws `verify.table-absent` when the source has no such table or it lacks a column of the key. */
export async function describeCompared(
  contract: WarehouseContract,
  client: pg.ClientBase,
  showValues: boolean,
): Promise<ComparedTable> {
  const { source, warehouse, key } = contract;
  if (source.kind !== 'change') throw new Error(`${contract.id} is no captured table`);
  const types = await sourceTypes(client, source.schema, source.table);
  const pairs = new Map<string, TextPair>();
  const notCompared: string[] = [];
  for (const { name, type } of warehouse.columns) {
    const sourceType = types.get(name);
    const pair = sourceType && textPair(name, sourceType, type);
    if (pair) pairs.set(name, pair);
    else notCompared.push(name);
  }
  const keyPairs = key.map((name) => pairs.get(name));
  if (types.size === 0 || keyPairs.length === 0 || keyPairs.includes(undefined)) {
    const table = `${source.schema}.${source.table}`;
    throw new MillraceError(
      'verify.table-incomparable',
      types.size === 0
        ? `there is no table ${table}, or this role may not see it`
        : `the key of ${table} (${key.join(', ')}) cannot be compared`,
    );
  }
  const from = {
    postgres: `${quotePostgres(source.schema)}.${quotePostgres(source.table)}`,
    clickhouse: quoteName(warehouse.view),
  };
  const texts = [...pairs.values()];
  const statements = buildStatements(from, keyPairs as TextPair[], texts, showValues);
  return { columns: [...pairs.keys()], notCompared, ...statements };
}

async function sourceTypes(
  client: pg.ClientBase,
  schema: string,
  table: string,
): Promise<ReadonlyMap<string, SourceType>> {
  const { rows } = await client.query<{ column: string; name: string; kind: string }>(
    `select a.attname as "column", coalesce(b.typname, t.typname) as name, coalesce(b.typtype, t.typtype) as kind
     from pg_attribute a join pg_type t on t.oid = a.atttypid
     left join pg_type b on t.typtype = 'd' and b.oid = t.typbasetype
     where a.attrelid = to_regclass(quote_ident($1) || '.' || quote_ident($2)) and a.attnum > 0 and not a.attisdropped`,
    [schema, table],
  );
  return new Map(rows.map(({ column, name, kind }) => [column, { name, isEnum: kind === 'e' }]));
}

function buildStatements(
  from: TextPair,
  key: readonly TextPair[],
  texts: readonly TextPair[],
  showValues: boolean,
): Pick<ComparedTable, 'sums' | 'rows' | 'again'> {
  const keyHash = hashOf(rowText(key));
  const rowHash = hashOf(rowText(texts));
  const values = texts.map(({ postgres, clickhouse }) =>
    showValues
      ? {
          postgres: `left(${postgres}, ${SHOWN_CHARS})`,
          clickhouse: `substringUTF8(${clickhouse}, 1, ${SHOWN_CHARS})`,
        }
      : {
          postgres: `md5(convert_to(${postgres}, 'UTF8'))`,
          clickhouse: `lower(hex(MD5(${clickhouse})))`,
        },
  );
  const rowsOf = (
    postgresWhere: string,
    clickhouseWhere: string,
  ): Sides<readonly ComparedRow[]> => ({
    source: async (client) => {
      const { rows } = await client.query<ComparedRow>(
        `select ${keyHash.postgres}::text as "keyHash", ${rowHash.postgres}::text as hash, xmin::text as version,
           array[${key.map(({ postgres }) => postgres).join(', ')}]::text[] as key,
           array[${values.map(({ postgres }) => postgres).join(', ')}]::text[] as values
         from ${from.postgres} where ${postgresWhere}`,
      );
      return rows;
    },
    target: (clickhouse) =>
      clickhouse.query<ComparedRow>(
        `SELECT toString(${keyHash.clickhouse}) AS keyHash, toString(${rowHash.clickhouse}) AS hash,
           [${key.map(({ clickhouse: text }) => text).join(', ')}] AS key,
           [${values.map(({ clickhouse: text }) => text).join(', ')}] AS values
         FROM ${from.clickhouse} WHERE ${clickhouseWhere}`,
      ),
  });
  return {
    sums: (buckets) => ({
      source: async (client) => {
        const { rows } = await client.query<Bucket>(
          `select (k % ${buckets})::int as bucket, count(*)::int as rows, sum(h)::text as hash
           from (select ${keyHash.postgres} as k, ${rowHash.postgres} as h from ${from.postgres}) s group by 1`,
        );
        return rows;
      },
      target: async (clickhouse) => {
        const rows = await clickhouse.query<{ bucket: number; rows: string; hash: string }>(
          `SELECT toInt32(k % ${buckets}) AS bucket, count() AS rows, toString(sum(toInt128(h))) AS hash
           FROM (SELECT ${keyHash.clickhouse} AS k, ${rowHash.clickhouse} AS h FROM ${from.clickhouse}) GROUP BY bucket`,
        );
        return rows.map((row) => ({ ...row, rows: Number(row.rows) }));
      },
    }),
    rows: (buckets, wanted) => {
      const list = wanted.join(', ');
      return rowsOf(
        `${keyHash.postgres} % ${buckets} in (${list})`,
        `${keyHash.clickhouse} % ${buckets} IN (${list})`,
      );
    },
    again: (keyHashes) => {
      const list = keyHashes.join(', ');
      return rowsOf(`${keyHash.postgres} in (${list})`, `${keyHash.clickhouse} IN (${list})`);
    },
  };
}
