/**
 * A rollup beside facts that are already there, each counted once: the feed counts what lands from a moment
 * a little ahead, and once that is past and every insert that began before it has ended, what landed
 * before it is counted in one piece. An insert that began before the feed was there does not see it, so it
 * has to end before that moment, or the moment is taken again, further ahead.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClickHouse } from '@millrace/clickhouse';
import { cutPlaceholder, quoteName } from '@millrace/contracts';

const FIRST_AHEAD_SECONDS = 3;
const POLL_MS = 50;

export interface RollupCut {
  readonly feed: string;
  /** The rollup's own table, that the feed fills. */
  readonly live: string;
  /** The fact's table. */
  readonly source: string;
  /** With the placeholder of the cut. */
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

/** Makes the feed; what it counts begins at the moment that stands in it afterwards. */
export const cutRollup = async (
  clickhouse: ClickHouse,
  { feed, live, source, statement }: RollupCut,
): Promise<void> => {
  for (let ahead = FIRST_AHEAD_SECONDS; ; ahead *= 2) {
    const cut = await serverTime(clickhouse, ahead);
    await clickhouse.exec(statement.replaceAll(cutPlaceholder, cut));
    const made = await serverTime(clickhouse);
    while ((await serverTime(clickhouse)) < cut) {
      if (await isSettled(clickhouse, source, made)) return;
      await sleep(POLL_MS);
    }
    await clickhouse.exec(`DROP VIEW ${quoteName(feed)}`);
    const dropped = await serverTime(clickhouse);
    while (!(await isSettled(clickhouse, source, dropped))) await sleep(POLL_MS);
    await clickhouse.exec(`TRUNCATE TABLE ${quoteName(live)}`);
  }
};

/** Counts what landed before the cut that stands in the feed. */
export const fillRollup = async (
  clickhouse: ClickHouse,
  { feed, source, statement }: RollupCut,
): Promise<void> => {
  const [row] = await clickhouse.query<{ cut: string }>(
    `SELECT extract(as_select, 'toDateTime64\\\\(\\'([^\\']+)\\'') AS cut FROM system.tables
     WHERE database = {database: String} AND name = {feed: String}`,
    { database: clickhouse.database, feed },
  );
  const cut = row!.cut;
  while ((await serverTime(clickhouse)) <= cut || !(await isSettled(clickhouse, source, cut))) {
    await sleep(POLL_MS);
  }
  await clickhouse.exec(statement.replaceAll(cutPlaceholder, cut));
};
