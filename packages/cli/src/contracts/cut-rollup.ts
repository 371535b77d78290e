/**
 * A rollup beside facts that are already there, each counted once: the feed counts what lands from a moment
 * a little ahead, and once that is past and every insert that began before it has ended, what landed
 * before it is counted in one piece. An insert that began before the feed was there does not see it, so it
 * has to end before that moment, or the moment is taken again, further ahead. What the sink may repeat after
 * that moment of what landed before it is noted as it comes, and waited for.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClickHouse } from '@millrace/clickhouse';
import { cutPlaceholder, MillraceError, quoteName } from '@millrace/contracts';
import type { Admin } from '@millrace/kafka';
import { waitForClaims } from './live-claims.ts';

const FIRST_AHEAD_SECONDS = 3;
const POLL_MS = 50;

export interface RollupCut {
  readonly rollup: string;
  readonly feed: string;
  /** The rollup's own table, that the feed fills. */
  readonly live: string;
  /** Where positions of what lands from the cut on are noted until it is complete. */
  readonly seen: string;
  /** The view that notes them. */
  readonly watch: string;
  /** The fact's table. */
  readonly source: string;
  readonly topic: string;
  readonly seenStatement: string;
  /** Both with the placeholder of the cut. */
  readonly watchStatement: string;
  readonly statement: string;
}

const serverTime = async (clickhouse: ClickHouse, aheadSeconds = 0): Promise<string> => {
  const [row] = await clickhouse.query<{ at: string }>(
    "SELECT toString(now64(3, 'UTC') + toIntervalSecond({ahead: UInt32})) AS at",
    { ahead: aheadSeconds },
  );
  return row!.at;
};

/** True when no insert into the table that began before the moment runs any more. */
const isSettled = async (clickhouse: ClickHouse, table: string, moment: string) => {
  const [row] = await clickhouse.query<{ running: string }>(
    `SELECT count() AS running FROM system.processes WHERE query_kind = 'Insert' AND position(query, {table: String}) > 0
       AND now64(3, 'UTC') - toIntervalMillisecond(toInt64(elapsed * 1000)) <= toDateTime64({moment: String}, 3, 'UTC')`,
    { table, moment },
  );
  return Number(row!.running) === 0;
};

/** Waits for the inserts that began before now: of a target that is dropped under it an insert is broken off. */
const settle = async (clickhouse: ClickHouse, source: string): Promise<void> => {
  const moment = await serverTime(clickhouse);
  while (!(await isSettled(clickhouse, source, moment))) await sleep(POLL_MS);
};

const stopNoting = async (
  clickhouse: ClickHouse,
  { watch, seen, source }: RollupCut,
): Promise<void> => {
  await clickhouse.exec(`DROP VIEW IF EXISTS ${quoteName(watch)} SYNC`);
  await settle(clickhouse, source);
  await clickhouse.exec(`DROP TABLE IF EXISTS ${quoteName(seen)} SYNC`);
};

/** Makes the feed; what it counts begins at the moment that stands in it afterwards. */
export const cutRollup = async (clickhouse: ClickHouse, rollup: RollupCut): Promise<void> => {
  const { feed, live, source, statement, seenStatement, watchStatement } = rollup;
  for (let ahead = FIRST_AHEAD_SECONDS; ; ahead *= 2) {
    await stopNoting(clickhouse, rollup);
    const cut = await serverTime(clickhouse, ahead);
    await clickhouse.exec(seenStatement);
    await clickhouse.exec(watchStatement.replaceAll(cutPlaceholder, cut));
    await clickhouse.exec(statement.replaceAll(cutPlaceholder, cut));
    const made = await serverTime(clickhouse);
    while ((await serverTime(clickhouse)) < cut) {
      if (await isSettled(clickhouse, source, made)) return;
      await sleep(POLL_MS);
    }
    await clickhouse.exec(`DROP VIEW ${quoteName(feed)}`);
    await settle(clickhouse, source);
    await clickhouse.exec(`TRUNCATE TABLE ${quoteName(live)}`);
  }
};

/**
 * Counts what landed before the cut that stands in the feed. Rejects with `contracts.rollup-waits` while the sink is not through
 * with what it may have sent before: without a member of its group at once, else after two minutes.
 */
export const fillRollup = async (
  clickhouse: ClickHouse,
  admin: Pick<Admin, 'committedOffsets' | 'topicId' | 'groupMembers'>,
  sinkGroup: string,
  cut: RollupCut,
): Promise<void> => {
  const { rollup, feed, source, topic, statement, seenStatement, watchStatement } = cut;
  const [row] = await clickhouse.query<{ cut: string }>(
    `SELECT extract(as_select, 'toDateTime64\\\\(\\'([^\\']+)\\'') AS cut FROM system.tables
     WHERE database = {database: String} AND name = {feed: String}`,
    { database: clickhouse.database, feed },
  );
  const at = row!.cut;
  // As cutRollup left them, but of a cut that an older version made.
  await clickhouse.exec(seenStatement);
  await clickhouse.exec(watchStatement.replaceAll(cutPlaceholder, at));
  while ((await serverTime(clickhouse)) <= at || !(await isSettled(clickhouse, source, at))) {
    await sleep(POLL_MS);
  }
  const isAway = (await admin.groupMembers(sinkGroup)).length === 0;
  const open = await waitForClaims(admin, sinkGroup, topic, isAway ? { forMs: 0 } : {});
  if (open !== undefined)
    throw new MillraceError(
      'contracts.rollup-waits',
      `${rollup} is not there yet, since the sink may repeat what it has sent: ${open}. Apply again once the sink has landed it.`,
    );
  await clickhouse.exec(statement.replaceAll(cutPlaceholder, at));
  await stopNoting(clickhouse, cut);
};

/** Removes a rollup: what writes, then the tables. */
export const dropRollup = async (
  clickhouse: ClickHouse,
  {
    statement,
    tablesStatement,
    source,
  }: Pick<RollupCut, 'statement' | 'source'> & { readonly tablesStatement: string },
): Promise<void> => {
  await clickhouse.exec(statement);
  await settle(clickhouse, source);
  await clickhouse.exec(tablesStatement);
};
