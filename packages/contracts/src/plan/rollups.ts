import type { ClusterLayout } from '../warehouse/cluster-layout.ts';
import { cutPlaceholder, noCut, type WarehouseRollup } from '../warehouse/rollups.ts';
import { viewStatement } from '../warehouse/table-ddl.ts';
import type { ActualTable } from './actual-table.ts';
import { executeStatement, type TableAction, type TableStep } from './table-step.ts';
import { sameSelect } from './views.ts';

/**
 * Rollups as wanted against those that exist. One beside facts that are there takes a cut: its feed counts
 * what lands from then on, then what landed before is counted in one piece. Cut off in between, the next
 * plan goes on: the cut stands in the feed.
 */
const cutPattern = /toDateTime64\('([^']+)', 3, 'UTC'\)/;

/** The cut of a feed that exists. */
const cutOf = (feed: ActualTable): string => cutPattern.exec(feed.select ?? '')?.[1] ?? noCut;

const cutting = (
  action: 'cut-rollup' | 'fill-rollup',
  { feed, live, source }: WarehouseRollup,
  statement: string,
): { readonly action: TableAction } => ({ action: { do: action, feed, live, source, statement } });

const feedSteps = (
  rollup: WarehouseRollup,
  found: ActualTable | undefined,
  database: string,
  hasFacts: boolean,
): readonly TableStep[] => {
  const step = { target: 'view', name: rollup.feed } as const;
  if (found === undefined) {
    const line = `create, into ${rollup.live}`;
    return [
      hasFacts
        ? {
            ...step,
            kind: 'create',
            line,
            ...cutting('cut-rollup', rollup, rollup.feedStatement(cutPlaceholder)),
          }
        : { ...step, kind: 'create', line, ...executeStatement(rollup.feedStatement(noCut)) },
    ];
  }
  if (sameSelect(rollup.feedSelect(cutOf(found)), found, database)) {
    return [{ ...step, kind: 'unchanged', line: 'as declared' }];
  }
  return [
    {
      ...step,
      kind: 'refused',
      line: `${rollup.name} is counted otherwise: its states are of other keys or measures`,
      way: `Give the rollup another name; when nobody reads the old one, drop ${rollup.name}, ${rollup.feed}, ${rollup.live} and ${rollup.before}.`,
    },
  ];
};

/** The step that makes the table of what was there before the feed. */
const beforeStep = (
  rollup: WarehouseRollup,
  found: ActualTable | undefined,
  feed: ActualTable | undefined,
  hasFacts: boolean,
): TableStep => {
  const step = { target: 'table', name: rollup.before } as const;
  if (found !== undefined) return { ...step, kind: 'unchanged', line: 'as declared' };
  const isCut = feed === undefined ? hasFacts : cutOf(feed) !== noCut;
  return isCut
    ? {
        ...step,
        kind: 'create',
        line: `count what is in ${rollup.source}`,
        ...cutting('fill-rollup', rollup, rollup.beforeStatement(cutPlaceholder)),
      }
    : {
        ...step,
        kind: 'create',
        line: 'create, empty',
        ...executeStatement(rollup.emptyTable(rollup.before)),
      };
};

const viewStep = (
  { name, select }: WarehouseRollup,
  found: ActualTable | undefined,
  database: string,
): TableStep => {
  const step = { target: 'view', name } as const;
  if (found !== undefined && sameSelect(select, found, database)) {
    return { ...step, kind: 'unchanged', line: 'as declared' };
  }
  const kind = found === undefined ? 'create' : 'alter';
  const line = found === undefined ? 'create' : 'query changes';
  return { ...step, kind, line, ...executeStatement(viewStatement({ name, select })) };
};

const onCluster = (name: string): TableStep => ({
  kind: 'refused',
  target: 'view',
  name,
  line: 'a rollup is not made on a cluster: inserts on the other servers would be counted twice or not at all',
  way: 'Leave rollups out, and write tables and materialized views as a migration under warehouse/.',
});

/** The steps that make one rollup as wanted, behind those of its fact. */
export const rollupSteps = (
  rollup: WarehouseRollup,
  actual: readonly ActualTable[],
  database: string,
  layout: ClusterLayout | undefined,
): readonly TableStep[] => {
  if (layout !== undefined) return [onCluster(rollup.name)];
  const found = (wanted: string) => actual.find(({ name }) => name === wanted);
  const hasFacts = found(rollup.source) !== undefined;
  const live: TableStep =
    found(rollup.live) === undefined
      ? {
          ...{
            kind: 'create',
            target: 'table',
            name: rollup.live,
            line: 'create AggregatingMergeTree',
          },
          ...executeStatement(rollup.emptyTable(rollup.live)),
        }
      : { kind: 'unchanged', target: 'table', name: rollup.live, line: 'as declared' };
  return [
    live,
    ...feedSteps(rollup, found(rollup.feed), database, hasFacts),
    beforeStep(rollup, found(rollup.before), found(rollup.feed), hasFacts),
    viewStep(rollup, found(rollup.name), database),
  ];
};
