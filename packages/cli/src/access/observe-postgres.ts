/** What a source database gives the platform's roles, against what they need. Reads the catalogs only, as any role may. */
import { slotNameOf } from '@millrace/contracts';
import type pg from 'pg';

export interface PostgresFinding {
  readonly kind: 'missing' | 'surplus';
  readonly role: string;
  readonly line: string;
}

interface RoleRow {
  readonly login: boolean;
  readonly replicates: boolean;
  readonly powers: readonly string[];
}

const readRole = async (client: pg.Client, role: string): Promise<RoleRow | undefined> => {
  const { rows } = await client.query<RoleRow>(
    `select rolcanlogin as login,
            rolreplication or coalesce((select pg_has_role(r.oid, g.oid, 'member') from pg_roles g
                                        where g.rolname = 'rds_replication'), false) as replicates,
            array_remove(array[case when rolsuper then 'SUPERUSER' end, case when rolcreaterole then 'CREATEROLE' end,
              case when rolcreatedb then 'CREATEDB' end], null) as powers
     from pg_roles r where rolname = $1`,
    [role],
  );
  return rows[0];
};

interface TableRow {
  readonly name: string;
  readonly reads: boolean;
  readonly writes: boolean;
  readonly owns: boolean;
}

/** Tables outside of PostgreSQL's own schemas. */
const readRights = async (client: pg.Client, role: string): Promise<readonly TableRow[]> => {
  const { rows } = await client.query<TableRow>(
    `select n.nspname || '.' || c.relname as name,
            has_schema_privilege($1, n.oid, 'usage') and has_table_privilege($1, c.oid, 'select') as reads,
            has_table_privilege($1, c.oid, 'insert, update, delete, truncate') as writes,
            pg_has_role($1, c.relowner, 'member') as owns
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p', 'f', 'v', 'm') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
     order by 1`,
    [role],
  );
  return rows;
};

const roleFindings = async (
  client: pg.Client,
  role: string,
  tables: readonly string[],
  replicates: boolean,
): Promise<readonly PostgresFinding[]> => {
  const missing = (line: string): PostgresFinding => ({ kind: 'missing', role, line });
  const surplus = (line: string): PostgresFinding => ({ kind: 'surplus', role, line });
  const found = await readRole(client, role);
  if (found === undefined) return [missing('there is no such role')];
  const rights = found.powers.includes('SUPERUSER') ? [] : await readRights(client, role);
  const reads = new Set(rights.filter((one) => one.reads).map(({ name }) => name));
  const isSuper = found.powers.includes('SUPERUSER');
  return [
    ...(found.login ? [] : [missing('LOGIN')]),
    ...(replicates && !found.replicates ? [missing('REPLICATION')] : []),
    ...(!replicates && found.replicates ? [surplus('REPLICATION')] : []),
    ...found.powers.map(surplus),
    ...tables
      .filter((table) => !isSuper && !reads.has(table))
      .map((table) => missing(`SELECT on ${table}, or there is no such table`)),
    ...rights.flatMap(({ name, reads: mayRead, writes, owns }) => {
      if (owns) return [surplus(`owns ${name}`)];
      return [
        ...(writes ? [surplus(`writes ${name}`)] : []),
        ...(mayRead && !tables.includes(name) ? [surplus(`reads ${name}, which it need not`)] : []),
      ];
    }),
  ];
};

const publicationFindings = async (
  client: pg.Client,
  source: string,
  role: string,
  tables: readonly string[],
): Promise<readonly PostgresFinding[]> => {
  const name = slotNameOf(source);
  const { rows } = await client.query<{ pubname: string; held: readonly string[] }>(
    `select p.pubname, coalesce((select array_agg(t.schemaname || '.' || t.tablename order by 1)
                                 from pg_publication_tables t where t.pubname = p.pubname), '{}') as held
     from pg_publication p where p.pubname in ($1::text, $1::text || '_inserts')`,
    [name],
  );
  const held = rows.flatMap((row) => row.held);
  return [
    ...[name, `${name}_inserts`]
      .filter((one) => rows.every(({ pubname }) => pubname !== one))
      .map((one) => ({ kind: 'missing' as const, role, line: `publication ${one}` })),
    ...tables
      .filter((table) => rows.length > 0 && !held.includes(table))
      .map((table) => ({
        kind: 'missing' as const,
        role,
        line: `${table} in publication ${name}`,
      })),
    ...held
      .filter((table) => !tables.includes(table))
      .map((table) => ({ kind: 'surplus' as const, role, line: `${table} is published` })),
  ];
};

export interface PostgresCheck {
  readonly source: string;
  readonly capture: string;
  readonly quality: string;
  readonly tables: readonly string[];
  readonly signalTable?: string | undefined;
}

/** Empty when both roles have what they need, and nothing besides. */
export const findPostgresDifferences = async (
  client: pg.Client,
  { source, capture, quality, tables, signalTable }: PostgresCheck,
): Promise<readonly PostgresFinding[]> => {
  const captured = [...tables, ...(signalTable === undefined ? [] : [signalTable])];
  return [
    ...(await roleFindings(client, capture, captured, true)),
    ...(await publicationFindings(client, source, capture, captured)),
    ...(await roleFindings(client, quality, tables, false)),
  ];
};
