/**
 * The distribution of a field now against a reference period, in bins that ClickHouse counts: quantiles of the reference for
 * numbers, the values themselves for all else. The index is stability-index.ts.
 */
import { type QualityRule, quoteName } from '@millrace/contracts';
import type { Measurement } from './scan-statement.ts';
import { type BinCounts, stabilityIndex } from './stability-index.ts';

type Ask = <Row>(statement: string) => Promise<readonly Row[]>;
type Check = Extract<QualityRule['check'], { readonly kind: 'drift' }>;

interface CountRow {
  readonly reference: string;
  readonly current: string;
}
const countsOf = ({ reference, current }: CountRow): BinCounts => ({
  reference: Number(reference),
  current: Number(current),
});

/** Values that are bins of their own; the rarer ones are one together. */
const valuesMax = 50;
const secondsOf = (ms: number): number => Math.ceil(ms / 1000);

/** The two periods: the newest, and the one before it. */
const periods = ({ column, currentMs, referenceMs }: Check) => {
  const time = quoteName(column);
  const border = `now64(3) - INTERVAL ${secondsOf(currentMs)} SECOND`;
  const begin = `now64(3) - INTERVAL ${secondsOf(currentMs + referenceMs)} SECOND`;
  return {
    all: `${time} >= ${begin} AND ${time} <= now64(3)`,
    reference: `${time} < ${border}`,
    current: `${time} >= ${border}`,
  };
};

const binOfNumber = async (ask: Ask, check: Check, source: string): Promise<string> => {
  const { all, reference } = periods(check);
  const levels = Array.from({ length: check.bins - 1 }, (_, index) => (index + 1) / check.bins);
  const field = quoteName(check.field);
  const [row] = await ask<{ edges: readonly (number | null)[] }>(
    `SELECT arraySort(arrayDistinct(quantiles(${levels.join(', ')})(toFloat64(${field})))) AS edges
     FROM ${source} WHERE ${all} AND ${reference} AND isNotNull(${field})`,
  );
  const edges = (row?.edges ?? []).filter((edge) => edge !== null && Number.isFinite(edge));
  const above = edges.map((edge) => `(toFloat64(${field}) > ${edge})`);
  return `toString(${above.length === 0 ? '0' : above.join(' + ')})`;
};

/** Rows of both periods must be enough; else it says nothing. Null is a bin like any other. */
export const measureDrift = async (
  ask: Ask,
  check: Check,
  source: string,
): Promise<Measurement> => {
  const { all, reference, current } = periods(check);
  const field = quoteName(check.field);
  const bin = check.isNumeric
    ? `if(isNull(${field}), NULL, ${await binOfNumber(ask, check, source)})`
    : `toString(${field})`;
  const counts = `countIf(${reference}) AS reference, countIf(${current}) AS current FROM ${source} WHERE ${all}`;
  const [rows, [whole]] = await Promise.all([
    ask<CountRow>(
      `SELECT ${bin} AS bin, ${counts} GROUP BY bin ORDER BY reference + current DESC LIMIT ${valuesMax}`,
    ),
    ask<CountRow>(`SELECT ${counts}`),
  ]);
  const top = rows.map(countsOf);
  const total = (side: keyof BinCounts) => (whole === undefined ? 0 : countsOf(whole)[side]);
  const rare = (side: keyof BinCounts) =>
    Math.max(0, total(side) - top.reduce((sum, one) => sum + one[side], 0));
  const rest = { reference: rare('reference'), current: rare('current') };
  const bins = rest.reference + rest.current === 0 ? top : [...top, rest];
  const [before, now] = [total('reference'), total('current')];
  const counted = { rowsChecked: before + now, rowsFailed: null };
  const note = `${now} rows against ${before} of the reference.`;
  if (Math.min(before, now) < check.rowsMin)
    return { measured: null, ...counted, note: `${note} It takes ${check.rowsMin} in each.` };
  return { measured: stabilityIndex(bins) ?? null, ...counted, note };
};
