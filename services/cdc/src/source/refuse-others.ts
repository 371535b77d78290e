/** What has a name and rows but no changes in the log: naming it is a mistake, and is said so. */
import { MillraceError } from '@millrace/contracts';
import type { SourceConnection } from './source-connection.ts';

/** Throws `cdc.source-unfit` when one of `names`, each `schema.name`, is not a table whose changes are logged. */
export const refuseOthers = async (
  connection: SourceConnection,
  names: readonly string[],
): Promise<void> => {
  const found = await connection.query<{ name: string; what: string }>(
    `select n.nspname || '.' || c.relname as name,
            case when c.relkind = 'v' then 'a view' when c.relkind = 'm' then 'a materialized view'
                 when c.relkind = 'f' then 'a foreign table' when c.relpersistence = 'u' then 'an unlogged table' end as what
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname || '.' || c.relname = any($1)
       and (c.relkind in ('v', 'm', 'f') or c.relkind in ('r', 'p') and c.relpersistence = 'u')
     order by 1`,
    [names],
  );
  if (found.length === 0) return;
  throw new MillraceError(
    'cdc.source-unfit',
    `only logged tables can be captured: ${found.map(({ name, what }) => `${name} is ${what}`).join(', ')}`,
  );
};
