/** What `millrace sink status` makes of Kafka's and ClickHouse's word, and how it is printed. */
import { ageText } from '../cdc/figures.ts';
import { print, printJson } from '../contracts/command-output.ts';
import { tableText } from '../demo/table-text.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { PartitionStatus } from './partitions.ts';
import type { TableStatus } from './tables.ts';

/** One word for scripts. */
export type SinkState = 'landing' | 'behind' | 'stuck' | 'unknown';

export interface SinkStatus {
  readonly group: string;
  readonly partitions: readonly PartitionStatus[];
  /** Contracts whose topic does not exist. */
  readonly missingTopics: readonly string[];
  readonly tables: readonly TableStatus[];
  readonly dead: DeadLetters;
}

/** Nothing that a running sink repeats takes longer without its saying why. */
const CLAIM_AGE_MAX_SECONDS = 120;
const LAG_MAX_SECONDS = 60;

/** Why somebody should look, one sentence each; the sink's own words are on its /readyz and in its log. */
export const concerns = ({
  group,
  partitions,
  missingTopics,
  tables,
}: SinkStatus): readonly string[] => [
  ...missingTopics.map((topic) => `${topic} does not exist: run millrace contracts apply`),
  ...tables
    .filter(({ exists }) => !exists)
    .map(({ table }) => `table ${table} does not exist: run millrace contracts apply`),
  ...partitions.flatMap((one) => {
    const at = `${one.topic}/${one.partition}`;
    if (one.isForeign) return [`${at}: another program commits for the group ${group}`];
    const { claim } = one;
    if (claim !== undefined && claim.ageSeconds > CLAIM_AGE_MAX_SECONDS) {
      return [
        `${at}: ${claim.from}–${claim.to} was claimed ${ageText(claim.ageSeconds)} ago and has not landed in ${claim.table}`,
      ];
    }
    return one.lagSeconds > LAG_MAX_SECONDS && claim === undefined
      ? [`${at}: ${ageText(one.lagSeconds)} behind and nothing is claimed: does the sink run?`]
      : [];
  }),
];

/** `unknown`: no topic of the contracts is there. */
export const stateOf = (status: SinkStatus): SinkState => {
  if (status.partitions.length === 0) return 'unknown';
  if (concerns(status).length > 0) return 'stuck';
  return status.partitions.some(({ lagSeconds }) => lagSeconds > 0) ? 'behind' : 'landing';
};

const sentences: Readonly<Record<SinkState, string>> = {
  landing: 'everything on the topics has landed',
  behind: 'landing',
  stuck: 'somebody has to look',
  unknown: 'no topic of the contracts exists',
};

const partitionRow = (one: PartitionStatus) => ({
  partition: `${one.topic}/${one.partition}`,
  table: one.table,
  committed: one.committed ?? '–',
  end: one.end,
  lag: one.lagRecords,
  behind: one.lagSeconds === 0 ? '–' : ageText(one.lagSeconds),
  claim:
    one.claim === undefined
      ? '–'
      : `${one.claim.from}–${one.claim.to}, ${ageText(one.claim.ageSeconds)} ago`,
});

const tableRow = ({ table, exists, rows, parts, writtenSecondsAgo }: TableStatus) => ({
  table: exists ? table : `${table} (missing)`,
  ...{ rows, parts },
  written: writtenSecondsAgo === undefined ? 'never' : `${ageText(writtenSecondsAgo)} ago`,
});

/** For a person. */
export const printStatus = (status: SinkStatus): void => {
  print(`${status.group}: ${sentences[stateOf(status)]}`);
  for (const concern of concerns(status)) print(`  ${concern}`);
  if (status.partitions.length > 0) print(`\n${tableText(status.partitions.map(partitionRow))}`);
  if (status.tables.length > 0) print(`\n${tableText(status.tables.map(tableRow))}`);
  const { letters, isCut } = status.dead;
  const last = letters.at(-1);
  if (last === undefined) print('\nNo dead letters.');
  else {
    print(
      `\nDead letters: ${isCut ? 'more than ' : ''}${letters.length}, the last ${last.at}: ${last.topic}/${last.partition} ${last.offset}: ${last.code}. See millrace dead list --service sink.`,
    );
  }
};

/** All of it, figures as they are. */
export const printStatusJson = (status: SinkStatus): void => {
  const { dead, ...known } = status;
  const last = dead.letters.at(-1);
  printJson({
    state: stateOf(status),
    concerns: concerns(status),
    ...known,
    deadLetters: {
      ...{ count: dead.letters.length, isCut: dead.isCut },
      ...(last === undefined
        ? {}
        : {
            last: {
              ...{ topic: last.topic, partition: last.partition, offset: last.offset },
              ...{ code: last.code, reason: last.reason, at: last.at },
            },
          }),
    },
  });
};
