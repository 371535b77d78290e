/**
 * Takes from a captured source all that it remembers, so that its next start is its first: for a server that went back in
 * time, and for a cluster whose copy of the position is older than the slot. Kafka's part is emptied by making the topics
 * anew with their settings, since records of a compacted topic cannot be deleted otherwise.
 */
import {
  cdcStateTopic,
  changeTopicPrefix,
  MillraceError,
  positionsTopic,
} from '@millrace/contracts';
import type { Admin } from '@millrace/kafka';
import type pg from 'pg';

export interface BeginAnewPlan {
  /** Topics that are deleted and made again. */
  readonly topics: readonly string[];
  /** The slot, when there is one. */
  readonly slot: string | undefined;
}

/** Rejects with `cdc.source-in-use` while the service reads the slot. */
export async function planBeginAnew(
  client: pg.Client,
  admin: Admin,
  source: string,
  slotName: string,
  keepsTopics: boolean,
): Promise<BeginAnewPlan> {
  const { rows } = await client.query<{ pid: number | null }>(
    'select active_pid as pid from pg_replication_slots where slot_name = $1',
    [slotName],
  );
  if (rows[0]?.pid != null) {
    throw new MillraceError(
      'cdc.source-in-use',
      `process ${rows[0].pid} of PostgreSQL reads the slot ${slotName}: stop the capture first`,
    );
  }
  const own = [positionsTopic(source), cdcStateTopic(source)];
  const changes = `${changeTopicPrefix(source)}.`;
  const topics = (await admin.listTopics()).filter(
    (name) => own.includes(name) || (!keepsTopics && name.startsWith(changes)),
  );
  return { topics, slot: rows.length > 0 ? slotName : undefined };
}

/** The slot first: cut off after it, the capture stops with `cdc.slot-lost`, and the command can be given again. */
export async function carryOutBeginAnew(
  client: pg.Client,
  admin: Admin,
  { topics, slot }: BeginAnewPlan,
): Promise<void> {
  if (slot !== undefined) await client.query('select pg_drop_replication_slot($1)', [slot]);
  const states = await admin.describeTopics(topics);
  if (states.length === 0) return;
  await admin.deleteTopics(states.map(({ name }) => name));
  await admin.createTopics(states);
}
