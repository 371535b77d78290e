/** What the source's catalog says of types, and what is remembered of those that are gone from it. */
import type { TypeCatalog, TypeFacts } from '../columns/codec-for-type.ts';
import type { SourceConnection } from './source-connection.ts';

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

/** The named types and all that they are made of; those that were dropped are missing. */
export const readTypes = async (
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
