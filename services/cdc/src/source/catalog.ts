/**
 * What the source's catalog says of tables: which exist, their columns, keys and types. A relation message
 * tells names and types of the moment of the change; nullability, key order and enum labels come from here.
 */
import type { Relation } from '@millrace/pgoutput';
import { codecForType, type TypeCatalog, type TypeFacts } from '../columns/codec-for-type.ts';
import type { ColumnModes } from '../columns/column-modes.ts';
import type { TableShape } from '../envelope/table-shape.ts';
import type { SourceConnection } from './source-connection.ts';

export interface TableName {
  readonly schema: string;
  readonly table: string;
}

export interface CatalogTable extends TableName {
  readonly oid: number;
  /** pg_class.relreplident: d, n, f or i. */
  readonly replicaIdentity: string;
  readonly hasPrimaryKey: boolean;
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
           exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary) as "hasPrimaryKey"
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where ${partitions === 'root' ? "c.relkind in ('r', 'p') and not c.relispartition" : "c.relkind = 'r'"} and c.relpersistence = 'p'
      and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
    order by n.nspname, c.relname`);
  return rows.map((row) => ({ ...row, oid: Number(row.oid) }));
};

interface ColumnFacts {
  readonly name: string;
  readonly typeOid: number;
  readonly typeModifier: number;
  readonly notNull: boolean;
  /** Old rows hold it. */
  readonly identity: boolean;
}

/** Columns that replication sends: not dropped, not generated. */
const readColumns = (connection: SourceConnection, tableOid: number) =>
  connection.query<Omit<Required<ColumnFacts>, 'typeOid'> & { typeOid: string }>(
    `select attname as name, atttypid::int8 as "typeOid", atttypmod as "typeModifier", attnotnull as "notNull",
            coalesce((select c.relreplident = 'f' or bool_or(attnum = any(i.indkey))
                      from pg_class c left join pg_index i on i.indrelid = c.oid
                       and (c.relreplident = 'd' and i.indisprimary or c.relreplident = 'i' and i.indisreplident)
                      where c.oid = attrelid group by c.relreplident), false) as identity
     from pg_attribute
     where attrelid = $1::oid and attnum > 0 and not attisdropped and attgenerated = ''
     order by attnum`,
    [tableOid],
  );

/** Column names of the primary key in key order; without one, of the replica identity index. */
const readKey = async (connection: SourceConnection, tableOid: number) => {
  const rows = await connection.query<{ name: string }>(
    `select a.attname as name
     from (select indrelid, indkey from pg_index
           where indrelid = $1::oid and indisvalid and (indisprimary or indisreplident)
           order by indisprimary desc limit 1) i
     cross join lateral unnest(i.indkey) with ordinality as k(attnum, place)
     join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
     order by k.place`,
    [tableOid],
  );
  return rows.map((row) => row.name);
};

interface TypeRow {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  readonly kind: string;
  readonly element: string;
  readonly isArray: boolean;
  /** The extension that brought the type. */
  readonly extension: string | null;
  readonly delimiter: string;
  readonly base: string;
  readonly baseModifier: number;
  readonly labels: readonly string[] | null;
}

const typeNameOf = ({ extension, schema, name }: TypeRow): string => {
  if (extension !== null) return `${extension}/${name}`;
  return schema === 'pg_catalog' ? name : `${schema}.${name}`;
};

const factsOf = (row: TypeRow): TypeFacts => {
  const oid = Number(row.oid);
  const name = typeNameOf(row);
  if (row.kind === 'e') return { oid, name, kind: 'enum', labels: row.labels ?? [] };
  if (row.kind === 'd') {
    return { oid, name, kind: 'domain', of: Number(row.base), ofModifier: row.baseModifier };
  }
  if (row.isArray) {
    return { oid, name, kind: 'array', of: Number(row.element), delimiter: row.delimiter };
  }
  return { oid, name, kind: 'base' };
};

/** The named types and all that they are made of. */
const readTypes = async (
  connection: SourceConnection,
  typeOids: readonly number[],
): Promise<TypeCatalog> => {
  const types = new Map<number, TypeFacts>();
  let missing = [...new Set(typeOids)];
  while (missing.length > 0) {
    const rows = await connection.query<TypeRow>(
      `select t.oid::int8 as oid, n.nspname as schema, t.typname as name, t.typtype::text as kind,
              t.typelem::int8 as element, t.typbasetype::int8 as base, t.typtypmod as "baseModifier",
              t.typoutput = 'pg_catalog.array_out'::regproc as "isArray",
              t.typdelim::text as delimiter,
              (select e.extname from pg_depend d join pg_extension e on e.oid = d.refobjid
               where d.classid = 'pg_catalog.pg_type'::regclass and d.objid = t.oid and d.objsubid = 0
                 and d.refclassid = 'pg_catalog.pg_extension'::regclass and d.deptype = 'e') as extension,
              (select array_agg(e.enumlabel::text order by e.enumsortorder)
               from pg_enum e where e.enumtypid = t.oid) as labels
       from pg_type t join pg_namespace n on n.oid = t.typnamespace
       where t.oid = any($1::oid[])`,
      [missing],
    );
    for (const row of rows) types.set(Number(row.oid), factsOf(row));
    missing = rows
      .map((row) => types.get(Number(row.oid))?.of)
      .filter((oid) => oid !== undefined && !types.has(oid)) as number[];
  }
  return types;
};

/** The length of varchar(n) and char(n) is kept with four bytes of a header that is long gone. */
const lengthMaxOf = (types: TypeCatalog, column: ColumnFacts): number | undefined => {
  const name = types.get(column.typeOid)?.name;
  const isCounted = name === 'varchar' || name === 'bpchar';
  return isCounted && column.typeModifier > 4 ? column.typeModifier - 4 : undefined;
};

const shapeOf = async (
  connection: SourceConnection,
  name: TableName,
  columns: readonly ColumnFacts[],
  keyNames: readonly string[],
  modes: ColumnModes,
): Promise<TableShape> => {
  const types = await readTypes(
    connection,
    columns.map((column) => column.typeOid),
  );
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
        identity: column.identity,
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
  return shapeOf(connection, table, columns, await readKey(connection, table.oid), modes);
};

/** The shape of a relation as the stream describes it. */
export const describeRelation = async (
  connection: SourceConnection,
  relation: Relation,
  modes: ColumnModes,
): Promise<TableShape> => {
  const current = await readColumns(connection, relation.oid);
  const notNull = new Set(current.filter((row) => row.notNull).map((row) => row.name));
  const catalogKey = await readKey(connection, relation.oid);
  const identity = relation.columns.filter((column) => column.identity);
  // the relation is true to its moment; the catalog adds the order, and the key under FULL
  const identityNames = identity.map((column) => column.name);
  const sameKey =
    relation.replicaIdentity !== 'default' ||
    (catalogKey.length === identityNames.length &&
      catalogKey.every((name) => identityNames.includes(name)));
  const columns = relation.columns.map((column) => ({
    name: column.name,
    typeOid: column.typeOid,
    typeModifier: column.typeModifier,
    notNull: notNull.has(column.name),
    identity: column.identity,
  }));
  return shapeOf(connection, relation, columns, sameKey ? catalogKey : identityNames, modes);
};
