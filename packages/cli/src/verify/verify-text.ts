/** What `millrace verify` prints of facts: a row for each partition, then every offset that is wrong. */
import { print } from '../contracts/command-output.ts';
import { tableText } from '../demo/table-text.ts';
import { rangesText } from './offset-ranges.ts';
import type { FactVerdict, PartitionVerdict } from './verify-fact.ts';

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
