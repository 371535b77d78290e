/**
 * Rollups of a fact: states of aggregate functions by a coarser key, kept up to date by a materialized view
 * as facts land, and finished in the view that analysts read. Facts that were there before are in a table
 * of their own, made in one piece, so that making it again cannot count them twice; which of the two a
 * fact belongs to is decided by when it landed. A batch from before that the sink repeats after it lands
 * twice, in the rollup alone: the fact drops it by its token. So what lands after is noted by its Kafka
 * position until no such batch can come any more, and what is noted is not counted with what was there.
 */
import type { Rollup } from '../contract.ts';
import { quoteName, quoteText } from './sql-text.ts';
import { deduplicationWindowInserts, type WarehouseContract } from './warehouse-table.ts';

export interface WarehouseRollup {
  /** The view. */
  readonly name: string;
  readonly feed: string;
  /** States of what lands from the cut on. */
  readonly live: string;
  /** States of what landed before it. */
  readonly before: string;
  /** Kafka positions of what lands from the cut on, while the table of what was before is not complete. */
  readonly seen: string;
  /** Fills it. */
  readonly watch: string;
  /** The fact's raw table. */
  readonly source: string;
  /** The topic whose records land there. */
  readonly topic: string;
  readonly select: string;
  /** Of both tables, without rows. */
  emptyTable(table: string): string;
  feedSelect(cut: string): string;
  feedStatement(cut: string): string;
  readonly seenStatement: string;
  watchStatement(cut: string): string;
  /** Replaces the table of what was there before, in one piece. */
  beforeStatement(cut: string): string;
}

/** What stands for the cut in a statement until it is carried out: text of a DateTime64(3), UTC. */
export const cutPlaceholder = '{cut}';
/** The cut of a rollup that is made together with its fact: nothing was there before. */
export const noCut = '1970-01-01 00:00:00.000';

const measurePattern = /^(\w+)(\([^()]*\))?\((.*)\)$/s;

interface MeasureParts {
  readonly name: string;
  readonly parameters: string;
  readonly argument: string;
}

/** The parts of `quantile(0.95)(delay)`; undefined for what is no single call of a function. */
export const measureParts = (expression: string): MeasureParts | undefined => {
  const match = measurePattern.exec(expression.trim());
  if (match === null) return undefined;
  const [, name = '', parameters = '', argument = ''] = match;
  let depth = 0;
  for (const character of argument) {
    if (character === '(') depth += 1;
    if (character === ')') depth -= 1;
    if (depth < 0) return undefined;
  }
  return depth === 0 ? { name, parameters, argument } : undefined;
};

const stateOf = (expression: string): string => {
  const { name, parameters, argument } = measureParts(expression)!;
  return `${name}State${parameters}(${argument})`;
};

const mergeOf = (column: string, expression: string): string => {
  const { name, parameters } = measureParts(expression)!;
  return `${name}Merge${parameters}(${quoteName(column)})`;
};

/** A key that is a column under its own name needs no alias, and the server prints none. */
const keyOf = ({ name, expression }: Rollup['by'][number]): string =>
  name === expression ? quoteName(name) : `${expression} AS ${quoteName(name)}`;

const position = '_topic, _incarnation, _partition, _offset';
const logOfPosition = '_topic, _incarnation, _partition';

/** Those of what was noted that can have been there before: new ones, the most by far, are not held in memory. */
const repeatedPositions = (seen: string, source: string, before: string): string =>
  `SELECT ${position} FROM ${quoteName(seen)} INNER JOIN (SELECT ${logOfPosition}, max(_offset) AS last
     FROM ${quoteName(source)} WHERE ${before} GROUP BY ${logOfPosition}) AS known USING (${logOfPosition})
   WHERE _offset <= known.last`;

/** What one rollup of a contract wants in ClickHouse. */
export const rollupObjects = (
  { warehouse, topic }: WarehouseContract,
  { name, by, measures }: Rollup,
): WarehouseRollup => {
  const [live, before, feed] = [`${name}_raw`, `${name}_before`, `${name}_feed`];
  const [seen, watch] = [`${name}_seen`, `${name}_watch`];
  const keys = by.map((one) => quoteName(one.name)).join(', ');
  const columns = [
    ...by.map(keyOf),
    ...measures.map((one) => `${stateOf(one.expression)} AS ${quoteName(one.name)}`),
  ].join(', ');
  const merged = [
    ...by.map((one) => quoteName(one.name)),
    ...measures.map((one) => `${mergeOf(one.name, one.expression)} AS ${quoteName(one.name)}`),
  ].join(', ');
  const states = (where: string) =>
    `SELECT ${columns} FROM ${quoteName(warehouse.table)}${where} GROUP BY ${keys}`;
  const time = (cut: string) => `toDateTime64(${quoteText(cut)}, 3, 'UTC')`;
  const feedSelect = (cut: string) => states(` WHERE _ingested_at >= ${time(cut)}`);
  const window = `non_replicated_deduplication_window = ${deduplicationWindowInserts}`;
  const engine = [
    'ENGINE = AggregatingMergeTree',
    `ORDER BY (${keys})`,
    `SETTINGS ${window}, allow_nullable_key = 1`,
    `COMMENT ${quoteText(`States of ${name}, out of ${warehouse.view}.`)}`,
  ].join(' ');
  return {
    ...{ name, feed, live, before, seen, watch, feedSelect },
    ...{ source: warehouse.table, topic: topic.name },
    select: `SELECT ${merged} FROM (SELECT * FROM ${quoteName(live)} UNION ALL SELECT * FROM ${quoteName(before)}) GROUP BY ${keys}`,
    emptyTable: (table) =>
      `CREATE TABLE IF NOT EXISTS ${quoteName(table)} ${engine} EMPTY AS ${states('')}`,
    feedStatement: (cut) =>
      `CREATE MATERIALIZED VIEW ${quoteName(feed)} TO ${quoteName(live)} AS ${feedSelect(cut)}`,
    seenStatement: `CREATE TABLE IF NOT EXISTS ${quoteName(seen)} ENGINE = MergeTree ORDER BY () SETTINGS ${window}
      EMPTY AS SELECT ${position} FROM ${quoteName(warehouse.table)}`,
    watchStatement: (cut) =>
      `CREATE MATERIALIZED VIEW IF NOT EXISTS ${quoteName(watch)} TO ${quoteName(seen)}
       AS SELECT ${position} FROM ${quoteName(warehouse.table)} WHERE _ingested_at >= ${time(cut)}`,
    beforeStatement: (cut) => {
      const landed = `_ingested_at < ${time(cut)}`;
      const repeated = repeatedPositions(seen, warehouse.table, landed);
      return `CREATE OR REPLACE TABLE ${quoteName(before)} ${engine} AS ${states(` WHERE ${landed} AND (${position}) NOT IN (${repeated})`)}`;
    },
  };
};

/** The rollups that a contract asks for. */
export const rollupsOf = (contract: WarehouseContract): readonly WarehouseRollup[] =>
  (contract.warehouse.rollups ?? []).map((rollup) => rollupObjects(contract, rollup));

/** All that one has, the view last. */
export const rollupParts = ({
  live,
  before,
  seen,
  watch,
  feed,
  name,
}: WarehouseRollup): readonly string[] => [live, before, seen, watch, feed, name];

/** Names of all that they have. */
export const rollupNames = (contract: WarehouseContract): readonly string[] =>
  rollupsOf(contract).flatMap(rollupParts);
