/**
 * Waits until everything that PostgreSQL had committed at a moment is in the warehouse: first the capture
 * has to have written the log up to there to Kafka, then the sink to have landed what was on the topic.
 */
import { MillraceError, slotNameOf } from '@millrace/contracts';
import { type Admin, type KafkaConnection, readPartition } from '@millrace/kafka';
import { type Clock, systemClock } from '@millrace/pipeline';
import type pg from 'pg';

export interface CatchUp {
  readonly connection: KafkaConnection;
  readonly admin: Admin;
  readonly group: string;
  readonly topic: string;
  /** Name of the captured database. */
  readonly source: string;
  readonly waitMs: number;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
}

const ASK_EVERY_MS = 100;

/**
 * @param client not in the transaction whose snapshot is compared: it has to see the slot move
 * @param lsn `pg_lsn` as text. Rejects with `verify.sink-behind` after `waitMs`.
 */
export async function untilLanded(client: pg.ClientBase, lsn: string, on: CatchUp): Promise<void> {
  const clock = on.clock ?? systemClock;
  const deadlineMs = clock.nowMs() + on.waitMs;
  const until = async (what: string, isDone: () => Promise<boolean>): Promise<void> => {
    while (!(await isDone())) {
      if (clock.nowMs() >= deadlineMs) {
        throw new MillraceError('verify.sink-behind', `after ${on.waitMs} ms ${what}`);
      }
      await clock.sleep(ASK_EVERY_MS, on.signal);
    }
  };
  await until(`the capture of ${on.source} has not confirmed ${lsn}`, async () => {
    const { rows } = await client.query<{ done: boolean | null }>(
      `select confirmed_flush_lsn >= $2::pg_lsn as done from pg_replication_slots where slot_name = $1`,
      [slotNameOf(on.source), lsn],
    );
    return rows[0]?.done === true;
  });
  const ends = await on.admin.partitionOffsets(on.topic);
  await until(`the sink has not landed ${on.topic} up to its end`, async () => {
    const committed = await on.admin.committedOffsets(on.group, [on.topic]);
    for (const { partition, low, stable } of ends) {
      const at = committed.find((one) => one.partition === partition)?.offset ?? low;
      if (at < stable && (await hasRecord(on, partition, at, stable))) return false;
    }
    return true;
  });
}

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
