import type { RegistryClient } from '@millrace/avro';
import { type ClickHouse, describeTable } from '@millrace/clickhouse';
import {
  type ActualTable,
  type ClusterLayout,
  type Contract,
  hasWarehouse,
  laidOutNames,
  type SubjectState,
  type WantedSubject,
} from '@millrace/contracts';

/** What the running system has of the things that contracts speak of. Reads only. */

/** Each wanted subject as the registry has it; one that it does not know has no fields set. */
export const observeSubjects = (
  registry: RegistryClient,
  wanted: readonly WantedSubject[],
): Promise<readonly SubjectState[]> =>
  Promise.all(
    wanted.map(async ({ subject, schemaText }): Promise<SubjectState> => {
      const [compatibility, latest] = await Promise.all([
        registry.compatibility(subject),
        registry.latest(subject),
      ]);
      const asks = latest !== undefined && schemaText !== undefined;
      const verdict = asks ? await registry.checkCompatible(subject, schemaText) : undefined;
      return {
        subject,
        ...(compatibility === undefined ? {} : { compatibility }),
        ...(latest === undefined ? {} : { latestSchemaText: latest.schemaText }),
        ...(verdict === undefined ? {} : { verdict }),
      };
    }),
  );

/** The query of a view, or the whole statement of a dictionary. */
const describeView = async (
  clickhouse: ClickHouse,
  view: string,
): Promise<Pick<ActualTable, 'select' | 'isDefiner'>> => {
  const [row] = await clickhouse.query<{ select: string; is_definer: number }>(
    `SELECT if(engine = 'Dictionary', create_table_query, as_select) AS select, position(create_table_query, 'SQL SECURITY DEFINER AS ') > 0 AS is_definer
     FROM system.tables WHERE database = {database: String} AND name = {view: String}`,
    { database: clickhouse.database, view },
  );
  return { select: row?.select ?? '', isDefiner: row?.is_definer === 1 };
};

/** Tables and views of the contracts that exist in the connection's database. */
export const observeTables = async (
  clickhouse: ClickHouse,
  contracts: readonly Contract[],
  layout?: ClusterLayout,
): Promise<readonly ActualTable[]> => {
  const names = contracts
    .filter(hasWarehouse)
    .flatMap((contract) => laidOutNames(contract, layout));
  const found = await Promise.all(
    names.map(async (name): Promise<ActualTable | undefined> => {
      const table = await describeTable(clickhouse, name);
      if (table === undefined || !/View$|^Dictionary$/.test(table.engine)) return table;
      return { ...table, ...(await describeView(clickhouse, name)) };
    }),
  );
  return found.filter((table) => table !== undefined);
};
