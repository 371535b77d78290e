/** What `millrace verify` prints: of facts a row for each partition and every offset that is wrong, of dimensions the wrong rows. */

import {
  type DimensionVerdict,
  type FactVerdict,
  type PartitionVerdict,
  rangesText,
  type WrongRow,
} from '@millrace/reconcile';
import { print } from '../contracts/command-output.ts';
import { tableText } from '../demo/table-text.ts';

const row = (one: PartitionVerdict): Readonly<Record<string, unknown>> => ({
  partition: one.partition,
  offsets: one.end > one.from ? `${one.from}–${one.end - 1}` : 'none',
  'on Kafka': one.records,
  landed: one.landed,
  dead: one.dead,
  missing: one.missing.total,
  double: one.duplicates.total,
  extra: one.extra.total,
  unexplained: one.unexplained.total,
});

const kinds = [
  ['missing', 'missing'],
  ['duplicates', 'more than once'],
  ['extra', 'in the table, no record of Kafka’s'],
  ['unexplained', 'absent, and Kafka has let go of them'],
] as const;

/** The verdict for a person. */
export function printFact(verdict: FactVerdict): void {
  const { contract, topic, table, partitions, ok } = verdict;
  print(
    `${contract}: ${topic} → ${table}: ${ok ? 'every record landed once' : 'NOT as it should be'}`,
  );
  print(tableText(partitions.map(row)));
  for (const one of partitions) {
    for (const [key, words] of kinds) {
      if (one[key].total > 0)
        print(`  partition ${one.partition}, ${words}: ${rangesText(one[key])}`);
    }
  }
  if (verdict.hasTtl && partitions.some(({ missing }) => missing.total > 0)) {
    print(
      '  The table has a TTL: rows that expired count as missing while Kafka holds their records.',
    );
  }
}

/** The verdict for a program: exact ranges, as many as were kept. */
export const factJson = ({ partitions, ...verdict }: FactVerdict) => ({
  ...verdict,
  partitions: partitions.map((one) => ({
    ...one,
    missing: listJson(one.missing),
    duplicates: listJson(one.duplicates),
    extra: listJson(one.extra),
    unexplained: listJson(one.unexplained),
  })),
});

const listJson = ({ total, ranges }: PartitionVerdict['missing']) => ({ total, ranges });

/** Wrong rows of a dimension that are printed. */
const ROWS_SHOWN = 20;

const rowText = ({ kind, key, columns }: WrongRow, showValues: boolean): string => {
  const names = columns.map(({ name, source, target }) =>
    showValues ? `${name} ${JSON.stringify(source)} ≠ ${JSON.stringify(target)}` : name,
  );
  const what = { missing: 'missing', extra: 'not in the source', different: 'different' }[kind];
  return `  ${key.map((part) => JSON.stringify(part)).join(', ')}: ${what}${names.length > 0 ? ` (${names.join(', ')})` : ''}`;
};

/** The verdict on a dimension for a person. */
export function printDimension(verdict: DimensionVerdict, showValues: boolean): void {
  const { contract, table, view, sourceRows, targetRows, elapsedMs, wrong, ok } = verdict;
  const perSecond = Math.round(((sourceRows + targetRows) / Math.max(elapsedMs, 1)) * 1_000);
  print(
    `${contract}: ${table} (${sourceRows} rows) → ${view} (${targetRows} rows): ${ok ? 'equal, row by row' : `NOT equal: ${wrong.length} rows`}; ${perSecond} rows/s`,
  );
  for (const one of wrong.slice(0, ROWS_SHOWN)) print(rowText(one, showValues));
  if (wrong.length > ROWS_SHOWN) print(`  … and ${wrong.length - ROWS_SHOWN} more; --json has all`);
  if (verdict.notExamined > 0) {
    print(`  ${verdict.notExamined} more groups of rows differ and were not looked into`);
  }
  if (verdict.unsettled > 0) print(`  ${verdict.unsettled} rows changed all the time: not settled`);
  if (verdict.notCompared.length > 0) {
    print(`  not compared, for want of a common text: ${verdict.notCompared.join(', ')}`);
  }
}

/** The verdict for a program; values only where they may be shown. */
export const dimensionJson = (verdict: DimensionVerdict, showValues: boolean) => ({
  ...verdict,
  wrong: verdict.wrong.map((one) => ({
    ...one,
    columns: one.columns.map((column) => (showValues ? column : { name: column.name })),
  })),
});
