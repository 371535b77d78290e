/**
 * Waits until everything that PostgreSQL had committed at a moment is in the warehouse: first the capture has to have
 * written the log up to there to Kafka, and the rows that were there before it, then the sink to have landed the topic.
 */
import { MillraceError, slotNameOf } from '@millrace/contracts';
import {
  type Admin,
  type KafkaConnection,
  type PartitionOffsets,
  readPartition,
} from '@millrace/kafka';
import { type Clock, systemClock } from '@millrace/pipeline';
import type pg from 'pg';
import { type CapturedTable, isTableRead } from './table-read.ts';

export interface CatchUp extends CapturedTable {
  readonly connection: KafkaConnection;
  readonly admin: Admin;
  readonly group: string;
  readonly topic: string;
  readonly waitMs: number;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
}

const ASK_EVERY_MS = 100;
/** A snapshot takes longer, and each question reads a topic. */
const ASK_READ_EVERY_MS = 1_000;

/** Asks until it is done; rejects with `verify.sink-behind` when the time is over. */
type Until = (what: string, isDone: () => Promise<boolean>, everyMs?: number) => Promise<void>;

const createUntil = ({ clock = systemClock, signal, waitMs }: CatchUp): Until => {
  const deadlineMs = clock.nowMs() + waitMs;
  return async (what, isDone, everyMs = ASK_EVERY_MS) => {
    while (!(await isDone())) {
      if (clock.nowMs() >= deadlineMs) {
        throw new MillraceError('verify.sink-behind', `after ${waitMs} ms ${what}`);
      }
      await clock.sleep(everyMs, signal);
    }
  };
};

const untilRead = (on: CatchUp, until: Until): Promise<void> =>
  until(
    `the capture of ${on.source} has not read ${on.schema}.${on.table} whole`,
    () => isTableRead(on.connection, on),
    ASK_READ_EVERY_MS,
  );

/**
 * Until the rows that the table had when it was captured are on Kafka: to be waited for before a snapshot of PostgreSQL is held, since it
 * may take long. Rejects with `verify.sink-behind` after `waitMs`.
 */
export const untilTableRead = (on: CatchUp): Promise<void> => untilRead(on, createUntil(on));

/**
 * @param client not in the transaction whose snapshot is compared: it has to see the slot move
 * @param lsn `pg_lsn` as text. Rejects with `verify.sink-behind` after `waitMs`.
 */
export async function untilLanded(client: pg.ClientBase, lsn: string, on: CatchUp): Promise<void> {
  const until = createUntil(on);
  await until(`the capture of ${on.source} has not confirmed ${lsn}`, async () => {
    const { rows } = await client.query<{ done: boolean | null }>(
      `select confirmed_flush_lsn >= $2::pg_lsn as done from pg_replication_slots where slot_name = $1`,
      [slotNameOf(on.source), lsn],
    );
    return rows[0]?.done === true;
  });
  // a slot stands past the moment, too, while the rows of before are read, and when it was made anew
  await untilRead(on, until);
  const ends = await on.admin.partitionOffsets(on.topic);
  await until(`the sink has not landed ${on.topic} up to its end`, () => isLanded(on, ends));
}

/** What a commit has been answered for may be hidden for a moment still: the ends are those of all that is written. */
const isLanded = async (on: CatchUp, ends: readonly PartitionOffsets[]): Promise<boolean> => {
  const committed = await on.admin.committedOffsets(on.group, [on.topic]);
  const from = (end: PartitionOffsets): number =>
    committed.find(({ partition }) => partition === end.partition)?.offset ?? end.low;
  const open = ends.filter((end) => from(end) < end.high);
  if (open.length === 0) return true;
  const now = await on.admin.partitionOffsets(on.topic);
  for (const end of open) {
    const { partition, high } = end;
    const { stable = 0 } = now.find((one) => one.partition === partition) ?? {};
    if (stable < high || (await hasRecord(on, partition, from(end), high))) return false;
  }
  return true;
};

/** Markers at the end are no records: nobody has to land them. */
async function hasRecord(
  { connection, topic }: CatchUp,
  partition: number,
  from: number,
  end: number,
): Promise<boolean> {
  const range = { topic, partition, fromOffset: from, toOffset: end };
  for await (const _ of readPartition(connection, { ...range, isolation: 'read_committed' })) {
    return true;
  }
  return false;
}
