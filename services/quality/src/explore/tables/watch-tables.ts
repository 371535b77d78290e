/** Tables in rounds: rows, parts, when the newest row landed, and whether parts grow past what inserts bear. */
import { hasWarehouse, warehouseObjects } from '@millrace/contracts';
import type { ConditionState, TableReport, TableState } from '@millrace/operations';
import type { PartContext } from '../../part.ts';
import type { Watch } from '../../watch.ts';
import { createNewestRows } from './newest-rows.ts';
import { newestIn, type PartLimits, readPartLimits, readTables } from './read-tables.ts';

export interface TableWatch {
  readonly watch: Watch;
  /** Undefined before the first round. */
  readonly report: TableReport | undefined;
}

/** Of the number from which on inserts are slowed down. */
const warnShare = 0.5;

export const partsCondition = (partsMax: number, { delayAt }: PartLimits): ConditionState => {
  if (delayAt === null) return 'ok';
  if (partsMax >= delayAt) return 'bad';
  return partsMax >= delayAt * warnShare ? 'warn' : 'ok';
};

interface Place {
  readonly contract: string;
  readonly view: string | null;
}

/** The contract behind each table, and the view that analysts read in place of it. */
const placesOf = ({ contracts }: PartContext['project']): ReadonlyMap<string, Place> =>
  new Map(
    contracts.filter(hasWarehouse).flatMap((contract) => {
      const { table, view } = contract.warehouse;
      return warehouseObjects(contract).tables.map(({ name }): [string, Place] => [
        name,
        { contract: contract.id, view: name === table ? view : null },
      ]);
    }),
  );

export const watchTables = (
  context: Pick<PartContext, 'clickhouse' | 'board' | 'clock' | 'project' | 'config'>,
): TableWatch => {
  const { clickhouse, board, clock, config } = context;
  const places = placesOf(context.project);
  const newest = createNewestRows();
  let report: TableReport | undefined;

  const tell = (tables: readonly TableState[]): void => {
    const open = new Set<string>();
    for (const { table, contract, partsMax, partsDelayAt, condition } of tables) {
      if (condition === 'ok') continue;
      const key = `parts:${table}`;
      open.add(key);
      board.raise({
        ...{ key, name: 'TooManyParts', subject: table },
        severity: condition === 'bad' ? 'critical' : 'warning',
        ...(contract !== null && { contract }),
        summary: `${partsMax} parts in one partition; inserts are slowed down from ${partsDelayAt} on`,
      });
    }
    board.keepOnly('parts:', open);
  };

  return {
    watch: {
      name: 'tables',
      everyMs: config.exploreIntervalMs,
      round: async () => {
        const [tables, limits] = [await readTables(clickhouse), await readPartLimits(clickhouse)];
        newest.found(tables, await newestIn(clickhouse, newest.due(tables)));
        const states = tables.map(({ partitions: _, hasIngested: __, ...figures }): TableState => {
          const { contract = null, view = null } = places.get(figures.table) ?? {};
          return {
            ...{ ...figures, contract, view, newestMs: newest.of(figures.table) },
            ...{ partsDelayAt: limits.delayAt, partsRefuseAt: limits.refuseAt },
            condition: partsCondition(figures.partsMax, limits),
          };
        });
        tell(states);
        report = { atMs: clock.nowMs(), tables: states };
      },
    },
    get report() {
      return report;
    },
  };
};
