/** Counts of the last whole hour and of the same hours of earlier weeks, from the table. What they mean is judge-volume.ts. */
import { type QualityRule, quoteName } from '@millrace/contracts';
import { judgeVolume } from './judge-volume.ts';
import type { Measurement } from './scan-statement.ts';

const weeksMax = 8;
const weekSeconds = 7 * 86_400;

type Ask = <Row>(statement: string) => Promise<readonly Row[]>;
type Check = Extract<QualityRule['check'], { readonly kind: 'volume' }>;

interface HourRow {
  /** 0: the last whole hour; 1: a week before. */
  readonly week: string;
  readonly rows: string;
}

/** Reads the time column of nine weeks at most; hours before the first row are not known and not zero. */
export const measureVolume = async (
  ask: Ask,
  { column, weeksMin }: Check,
  source: string,
): Promise<Measurement> => {
  const time = `toDateTime(${quoteName(column)}, 'UTC')`;
  const hour = `toStartOfHour(now('UTC')) - INTERVAL 1 HOUR`;
  const seconds = `(toInt64(toUnixTimestamp(${hour})) - toInt64(toUnixTimestamp(toStartOfHour(${time}))))`;
  const [counts, [bounds]] = await Promise.all([
    ask<HourRow>(
      `SELECT intDiv(${seconds}, ${weekSeconds}) AS week, count() AS rows FROM ${source}
       WHERE ${quoteName(column)} >= ${hour} - INTERVAL ${weeksMax} WEEK
         AND ${quoteName(column)} < toStartOfHour(now('UTC'))
         AND ${seconds} % ${weekSeconds} = 0 GROUP BY week`,
    ),
    ask<{ weeks: string }>(
      `SELECT if(count() = 0, 0, intDiv(toInt64(toUnixTimestamp(${hour})) - toInt64(toUnixTimestamp(min(${time}))), ${weekSeconds})) AS weeks
       FROM ${source}`,
    ),
  ]);
  const known = Math.min(weeksMax, Math.max(0, Number(bounds?.weeks ?? 0)));
  const byWeek = new Map(counts.map(({ week, rows }) => [Number(week), Number(rows)]));
  const rows = byWeek.get(0) ?? 0;
  const earlier = Array.from({ length: known }, (_, index) => byWeek.get(index + 1) ?? 0);
  const { deviations, usual, weeks } = judgeVolume(rows, earlier, weeksMin);
  const note =
    deviations === null
      ? `${weeks} of ${weeksMin} weeks are known.`
      : `${rows} rows in the last hour, usually ${Math.round(usual!)}.`;
  return { measured: deviations, rowsChecked: rows, rowsFailed: null, note };
};
