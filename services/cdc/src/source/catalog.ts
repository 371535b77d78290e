/**
 * What the source's catalog says of tables now: which exist, their columns, keys and types. What the stream tells of
 * them is of another moment (`describe-relation.ts`).
 */
import { codecForType, type TypeCatalog } from '../columns/codec-for-type.ts';
import type { ColumnCodec } from '../columns/column-codec.ts';
import { columnDefault } from '../columns/column-default.ts';
import type { ColumnModes } from '../columns/column-modes.ts';
import type { SourceType } from '../columns/source-type.ts';
import type { TableShape } from '../envelope/table-shape.ts';
import { readTypes } from './catalog-types.ts';
import { hasIdentitySql } from './replica-identity.ts';
import type { SourceConnection } from './source-connection.ts';

export interface TableName {
  readonly schema: string;
  readonly table: string;
}

export interface CatalogTable extends TableName {
  readonly oid: number;
  /** pg_class.relreplident: d, n, f or i. */
  readonly replicaIdentity: string;
  /** PostgreSQL can tell which row an UPDATE or DELETE meant. */
  readonly hasIdentity: boolean;
}

/**
 * Ordinary and partitioned tables outside the system's schemas. `root`: partitions count as part of their root;
 * `leaf`: each is a table of its own and the roots are none.
 */
export const listTables = async (
  connection: SourceConnection,
  partitions: 'root' | 'leaf',
): Promise<readonly CatalogTable[]> => {
  const rows = await connection.query<Omit<CatalogTable, 'oid'> & { oid: string }>(`
    select c.oid::int8 as oid, n.nspname as schema, c.relname as "table",
           c.relreplident::text as "replicaIdentity",
           ${hasIdentitySql('c')} as "hasIdentity"
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where ${partitions === 'root' ? "c.relkind in ('r', 'p') and not c.relispartition" : "c.relkind = 'r'"} and c.relpersistence = 'p'
      and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
    order by n.nspname, c.relname`);
  return rows.map((row) => ({ ...row, oid: Number(row.oid) }));
};

export interface ColumnFacts {
  readonly name: string;
  readonly typeOid: number;
  readonly typeModifier: number;
  readonly notNull: boolean;
  /** 0: none. */
  readonly collation?: number;
  /** Old rows hold it. */
  readonly identity: boolean;
  /** Text of its default as an expression. */
  readonly defaultText: string | null;
}

/** Columns that replication sends: not dropped, not generated. None for a table that is gone. */
export const readColumns = (connection: SourceConnection, tableOid: number) =>
  connection.query<Omit<Required<ColumnFacts>, 'typeOid'> & { typeOid: string }>(
    `select attname as name, atttypid::int8 as "typeOid", atttypmod as "typeModifier", attnotnull as "notNull",
            attcollation::int4 as collation,
            coalesce((select c.relreplident = 'f' or bool_or(attnum = any(i.indkey))
                      from pg_class c left join pg_index i on i.indrelid = c.oid
                       and (c.relreplident = 'd' and i.indisprimary or c.relreplident = 'i' and i.indisreplident)
                      where c.oid = attrelid group by c.relreplident), false) as identity,
            (select pg_get_expr(adbin, adrelid) from pg_attrdef
             where adrelid = attrelid and adnum = attnum) as "defaultText"
     from pg_attribute
     where attrelid = $1::oid and attnum > 0 and not attisdropped and attgenerated = ''
     order by attnum`,
    [tableOid],
  );

export interface KeyFacts {
  readonly names: readonly string[];
  /** The transaction that made it, 32 bits. */
  readonly madeBy: number;
}

/**
 * Column names of the key in key order: of the primary key, or of the replica identity index where there is no
 * primary key or old rows do not hold it, so that a delete could not name its row.
 */
export const readKey = async (
  connection: SourceConnection,
  tableOid: number,
): Promise<KeyFacts | undefined> => {
  const rows = await connection.query<{ name: string; madeBy: string }>(
    `select a.attname as name, i."madeBy"
     from (select indrelid, indkey, xmin::text as "madeBy" from pg_index p
           where indrelid = $1::oid and indisvalid and (indisprimary or indisreplident)
           order by indisprimary and not exists (
             select from pg_index r join pg_class c on c.oid = r.indrelid
             where r.indrelid = p.indrelid and c.relreplident = 'i' and r.indisreplident
               and not string_to_array(p.indkey::text, ' ') <@ string_to_array(r.indkey::text, ' ')) desc,
             indisreplident desc
           limit 1) i
     cross join lateral unnest(i.indkey) with ordinality as k(attnum, place)
     join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
     order by k.place`,
    [tableOid],
  );
  const [first] = rows;
  if (first === undefined) return undefined;
  return { names: rows.map(({ name }) => name), madeBy: Number(first.madeBy) };
};

/** The length of varchar(n) and char(n) is kept with four bytes of a header that is long gone. */
const lengthMaxOf = (types: TypeCatalog, column: ColumnFacts): number | undefined => {
  const name = types.get(column.typeOid)?.name;
  const isCounted = name === 'varchar' || name === 'bpchar';
  return isCounted && column.typeModifier > 4 ? column.typeModifier - 4 : undefined;
};

/** Without the schema or the extension. */
const bareName = (name: string): string => name.slice(name.search(/[^/.]*$/));

const defaultOf = (types: TypeCatalog, column: ColumnFacts, codec: ColumnCodec) => {
  const facts = types.get(column.typeOid);
  const name = facts?.kind === 'enum' ? 'enum' : (facts?.name ?? '');
  return columnDefault(codec, name, column.typeModifier, column.defaultText ?? undefined);
};

const sourceTypeOf = (types: TypeCatalog, column: ColumnFacts): SourceType => {
  let { typeModifier } = column;
  let facts = types.get(column.typeOid);
  const name = bareName(facts?.name ?? '');
  while (facts?.of !== undefined) {
    if (facts.kind === 'domain') typeModifier = facts.ofModifier ?? -1;
    facts = types.get(facts.of);
  }
  return { name, baseName: bareName(facts?.name ?? ''), typeModifier };
};

/** A shape put together from what is known of its columns, key and types. */
export const shapeOf = (
  name: TableName,
  columns: readonly ColumnFacts[],
  keyNames: readonly string[],
  types: TypeCatalog,
  modes: ColumnModes,
): TableShape => {
  const keyColumns = keyNames.map((key) => columns.findIndex((column) => column.name === key));
  return {
    schema: name.schema,
    table: name.table,
    columns: columns.map((column) => {
      const codec = codecForType(types, column.typeOid, column.typeModifier, modes);
      return {
        name: column.name,
        nullable: !column.notNull || codec.isOptional === true,
        codec,
        lengthMax: lengthMaxOf(types, column),
        default: defaultOf(types, column, codec),
        sourceType: sourceTypeOf(types, column),
        identity: column.identity,
        ...(column.collation ? { collation: column.collation } : {}),
      };
    }),
    // a key column that the row of that time did not have: the table had no such key
    keyColumns: keyColumns.includes(-1) ? [] : keyColumns,
  };
};

/** A table's shape now, for a snapshot. */
export const describeTable = async (
  connection: SourceConnection,
  table: CatalogTable,
  modes: ColumnModes,
): Promise<TableShape> => {
  const rows = await readColumns(connection, table.oid);
  const columns = rows.map((row) => ({ ...row, typeOid: Number(row.typeOid) }));
  const types = await readTypes(
    connection,
    columns.map((column) => column.typeOid),
  );
  const key = await readKey(connection, table.oid);
  return shapeOf(table, columns, key?.names ?? [], types, modes);
};
