/**
 * A batch in which most changes of a table would be dead letters is an outage: a limit or a type is wrong, and not single rows. It is
 * not written; the source is read no further meanwhile and stays connected, its log is kept. A restart with the cause
 * cured encodes the changes anew; a person's order lets the letters go. What a contract or a blocked key sends there on
 * purpose (`schema-change: dead_letter`, `millrace.cdc.waits-for`) does not count.
 */
import { deadLetterHeaders, deadTopic, MillraceError } from '@millrace/contracts';
import type { FloodControl } from '@millrace/dead-letters';
import type { PartitionBatch } from '@millrace/kafka';
import type { Patience } from '../patient-outputs.ts';
import type { CommitPatiently } from '../steps/commit-patiently.ts';

const TRY_EVERY_MS = 1_000;
const CODE = 'cdc.value-invalid';
const deadLetters = deadTopic('cdc');

interface Tally {
  dead: number;
  records: number;
}

/** By the topic of the table. */
export const tallyOf = (batches: readonly PartitionBatch[]): ReadonlyMap<string, Tally> => {
  const tallies = new Map<string, Tally>();
  const of = (topic: string): Tally => {
    const known = tallies.get(topic) ?? { dead: 0, records: 0 };
    tallies.set(topic, known);
    return known;
  };
  for (const { topic, records } of batches) {
    if (topic !== deadLetters) {
      of(topic).records += records.length;
      continue;
    }
    for (const { headers } of records as readonly {
      readonly headers?: Record<string, unknown>;
    }[]) {
      if (headers?.[deadLetterHeaders.exceptionClass] !== CODE) continue;
      const tally = of(String(headers[deadLetterHeaders.topic]));
      tally.dead += 1;
      tally.records += 1;
    }
  }
  return tallies;
};

/** The same commit, held back while it would be a flood. */
export const holdFloods =
  (
    commit: CommitPatiently,
    floods: FloodControl,
    { clock, logger, signal, waiting }: Patience,
    told: () => void,
  ): CommitPatiently =>
  async (batches, position) => {
    const tallies = tallyOf(batches);
    let hasWaited = false;
    for (const [topic, tally] of tallies) {
      const flood = floods.partition(topic, 0);
      while (flood.holds(tally)) {
        const error = new MillraceError(
          'cdc.mostly-dead',
          `${tally.dead} of ${tally.records} changes for ${topic} would be dead letters (${CODE})`,
          { retryable: true },
        );
        await flood.waits({ ...tally, code: CODE });
        if (!flood.holds(tally)) break;
        if (!hasWaited) logger.error({ topic, ...tally, code: error.code }, error.message);
        hasWaited = true;
        told();
        waiting(`${error.code}: ${error.message}`);
        await clock.sleep(TRY_EVERY_MS, signal);
      }
    }
    if (hasWaited) waiting(undefined);
    await commit(batches, position);
    for (const [topic, tally] of tallies) floods.partition(topic, 0).passed(tally);
  };
