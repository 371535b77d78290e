import type { ClusterLayout } from '../warehouse/cluster-layout.ts';
import { cutPlaceholder, noCut, rollupParts, type WarehouseRollup } from '../warehouse/rollups.ts';
import { quoteName } from '../warehouse/sql-text.ts';
import { viewStatement } from '../warehouse/table-ddl.ts';
import type { ActualTable } from './actual-table.ts';
import { executeStatement, type TableAction, type TableStep } from './table-step.ts';
import { sameSelect } from './views.ts';

/**
 * Rollups as wanted against those that exist. One beside facts that are there takes a cut: its feed counts
 * what lands from then on, then what landed before is counted in one piece. Cut off in between, the next
 * plan goes on: the cut stands in the feed. One that is counted otherwise is removed and made anew, if that is asked for.
 */
const cutPattern = /toDateTime64\('([^']+)', 3, 'UTC'\)/;

/** The cut of a feed that exists. */
const cutOf = (feed: ActualTable): string => cutPattern.exec(feed.select ?? '')?.[1] ?? noCut;

const cutting = (
  action: 'cut-rollup' | 'fill-rollup',
  { name, feed, live, seen, watch, source, topic, seenStatement, watchStatement }: WarehouseRollup,
  statement: string,
): { readonly action: TableAction } => ({
  action: {
    ...{ do: action, rollup: name, feed, live, seen, source, topic, statement },
    ...{ watch, seenStatement, watchStatement: watchStatement(cutPlaceholder) },
  },
});

const feedStep = (
  rollup: WarehouseRollup,
  found: ActualTable | undefined,
  hasFacts: boolean,
): TableStep => {
  const step = { target: 'view', name: rollup.feed } as const;
  if (found !== undefined) return { ...step, kind: 'unchanged', line: 'as declared' };
  const line = `create, into ${rollup.live}`;
  return hasFacts
    ? {
        ...{ ...step, kind: 'create', line },
        ...cutting('cut-rollup', rollup, rollup.feedStatement(cutPlaceholder)),
      }
    : { ...step, kind: 'create', line, ...executeStatement(rollup.feedStatement(noCut)) };
};

const dropStatement = (names: readonly string[]): string =>
  `DROP TABLE IF EXISTS ${names.map(quoteName).join(', ')} SYNC`;

/** Removes all of it, so that it is made anew: states of other keys or measures cannot be told from the old ones. */
const dropStep = (
  { name, feed, watch, live, before, seen, source }: WarehouseRollup,
  why: string,
): TableStep => {
  const [views, tables] = [
    [name, feed, watch],
    [live, before, seen],
  ];
  return {
    ...{ kind: 'destructive', target: 'view', name },
    line: `${why}: counted anew from ${source}, without what is no longer there; the view is away meanwhile`,
    way: `Apply with --allow-destructive. Or give the rollup another name and, when nobody reads the old one, drop ${[...views, ...tables].join(', ')}.`,
    action: {
      do: 'drop-rollup',
      statement: dropStatement(views),
      tablesStatement: dropStatement(tables),
      source,
    },
  };
};

/** The step that makes the table of what was there before the feed; done once nothing is noted any more. */
const beforeStep = (
  rollup: WarehouseRollup,
  found: (wanted: string) => ActualTable | undefined,
  hasFacts: boolean,
): TableStep => {
  const step = { target: 'table', name: rollup.before } as const;
  const feed = found(rollup.feed);
  const isNoting = found(rollup.watch) !== undefined || found(rollup.seen) !== undefined;
  if (found(rollup.before) !== undefined && !isNoting)
    return { ...step, kind: 'unchanged', line: 'as declared' };
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

const stepsFrom = (
  rollup: WarehouseRollup,
  found: (wanted: string) => ActualTable | undefined,
  database: string,
): readonly TableStep[] => {
  const hasFacts = found(rollup.source) !== undefined;
  const step = { target: 'table', name: rollup.live } as const;
  const live: TableStep =
    found(rollup.live) === undefined
      ? {
          ...{ ...step, kind: 'create', line: 'create AggregatingMergeTree' },
          ...executeStatement(rollup.emptyTable(rollup.live)),
        }
      : { ...step, kind: 'unchanged', line: 'as declared' };
  return [
    live,
    feedStep(rollup, found(rollup.feed), hasFacts),
    beforeStep(rollup, found, hasFacts),
    viewStep(rollup, found(rollup.name), database),
  ];
};

/**
 * Why what there is of a rollup cannot be gone on with; undefined when it can. The table of what was before is made behind the feed:
 * without one somebody dropped the feed, and what landed since is missing, or the removal of the rollup was cut off.
 */
const whyAnew = (
  rollup: WarehouseRollup,
  feed: ActualTable | undefined,
  before: ActualTable | undefined,
  database: string,
): string | undefined => {
  if (feed === undefined) return before === undefined ? undefined : 'its feed is gone';
  const isSame = sameSelect(rollup.feedSelect(cutOf(feed)), feed, database);
  return isSame ? undefined : 'counted otherwise';
};

/** The steps that make one rollup as wanted, behind those of its fact. */
export const rollupSteps = (
  rollup: WarehouseRollup,
  actual: readonly ActualTable[],
  database: string,
  layout: ClusterLayout | undefined,
): readonly TableStep[] => {
  if (layout !== undefined) return [onCluster(rollup.name)];
  const found = (wanted: string) => actual.find(({ name }) => name === wanted);
  const feed = found(rollup.feed);
  const why = whyAnew(rollup, feed, found(rollup.before), database);
  if (why === undefined) return stepsFrom(rollup, found, database);
  const parts = rollupParts(rollup);
  const others = (wanted: string) => (parts.includes(wanted) ? undefined : found(wanted));
  return [dropStep(rollup, why), ...stepsFrom(rollup, others, database)];
};
