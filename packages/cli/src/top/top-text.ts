/** What was read as lines that fit a screen: alerts, streams, groups, the worst first. Pure; drawing is screen.ts. */
import {
  type Alert,
  type ConditionState,
  type GroupLag,
  gravest,
  type StreamHealth,
} from '@millrace/operations';
import { tableText } from '../demo/table-text.ts';
import { type Asked, failureOf, type TopSight } from './read-top.ts';

export interface TopSize {
  readonly columns: number;
  readonly rows: number;
}

/** Marks a condition for who sees colours; a word says the same. */
export type Paint = (condition: ConditionState, text: string) => string;
export const plain: Paint = (_condition, text) => text;

const order: readonly ConditionState[] = ['bad', 'warn', 'unknown', 'ok'];

const worstFirst = <T extends { readonly condition: ConditionState }>(
  some: readonly T[],
): readonly T[] => some.toSorted((a, b) => order.indexOf(a.condition) - order.indexOf(b.condition));

/** `840 ms`, `3.2 s`, `5 min`, `2 h`. */
const span = (ms: number | null): string => {
  if (ms === null) return '–';
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`;
};

/** `12`, `4.2k`, `1.3M`: three figures are enough for who glances. */
const short = (value: number | null): string => {
  if (value === null) return '–';
  const size = Math.abs(value);
  if (size >= 1e9) return `${(value / 1e9).toFixed(1)}G`;
  if (size >= 1e6) return `${(value / 1e6).toFixed(1)}M`;
  if (size >= 1e4) return `${(value / 1e3).toFixed(1)}k`;
  return size >= 10 || Number.isInteger(value) ? String(Math.round(value)) : value.toFixed(1);
};

const streamRow = ({ contract, condition, perSecond, freshness, counts }: StreamHealth) => ({
  stream: contract,
  is: condition,
  'per s': short(perSecond),
  p50: span(freshness.p50Ms),
  p99: span(freshness.p99Ms),
  promised: span(freshness.objectiveMs),
  waiting: short(counts?.waiting ?? null),
  dead: short(counts?.dead ?? null),
  missing: short(counts?.missing ?? null),
});

const groupRow = (group: GroupLag) => ({
  group: group.group,
  is: group.state,
  behind: short(group.records),
  for: span(group.seconds === null ? null : group.seconds * 1000),
  'per s': short(group.consumedPerSecond),
  trend: group.trendPerSecond === null ? '–' : `${short(group.trendPerSecond)}/s`,
  'clear in': span(group.clearSeconds === null ? null : group.clearSeconds * 1000),
  members: group.members,
});

const alertLine = ({ severity, name, subject, summary, sinceMs }: Alert, nowMs: number) =>
  `  ${severity.padEnd(8)} ${name}  ${subject}: ${summary} (${span(Math.max(0, nowMs - sinceMs))})`;

interface Line {
  readonly text: string;
  readonly condition: ConditionState;
}
const line = (text: string, condition: ConditionState = 'ok'): Line => ({ text, condition });

/** Head and rule, then one line a row, as many as may be; what is left out is counted. */
const section = <T extends { readonly condition: ConditionState }>(
  asked: Asked<readonly T[]>,
  most: number,
  words: { readonly one: string; row(one: T): Readonly<Record<string, unknown>> },
): readonly Line[] => {
  if (!('answer' in asked)) return [line(`  ${words.one}s: ${asked.message}`, 'unknown')];
  const all = worstFirst(asked.answer);
  if (all.length === 0) return [line(`  no ${words.one}s`)];
  const shown = all.slice(0, Math.max(1, most));
  const [head = '', rule = '', ...rows] = tableText(shown.map(words.row)).split('\n');
  const left = all.length - shown.length;
  return [
    line(head),
    line(rule),
    ...rows.map((text, index) => line(text, shown[index]?.condition)),
    ...(left > 0 ? [line(`  … ${left} more`)] : []),
  ];
};

const mapAsked = <A, B>(asked: Asked<A>, map: (answer: A) => B): Asked<B> =>
  'answer' in asked ? { answer: map(asked.answer) } : asked;

/** Of head, rule and what is left out, for each of the two tables, and of title, gaps and alerts’ head. */
const fixedRows = 3 + 3 + 4;

/** @param size of the screen; rows without end where it is not a screen */
export const topLines = (
  sight: TopSight,
  url: string,
  size: TopSize,
  paint: Paint = plain,
): readonly string[] => {
  const failure = failureOf(sight);
  const moment = new Date(sight.atMs).toISOString().slice(11, 19);
  if (failure !== undefined)
    return cut([line(`millrace  ${url}  ${moment}Z`), line(`  ${failure}`, 'bad')], size, paint);
  const alerts = 'answer' in sight.alerts ? sight.alerts.answer.open : [];
  const alertsMost = Math.min(alerts.length, Math.max(3, Math.floor(size.rows / 4)));
  const left = Math.max(2, size.rows - fixedRows - alertsMost);
  const streams = mapAsked(sight.streams, (report) => report.streams);
  const streamCount = 'answer' in streams ? streams.answer.length : 1;
  const streamsMost = Math.min(streamCount, Math.ceil(left / 2));
  const groups = mapAsked(sight.lag, (report) => report.groups);
  const all = [
    ...('answer' in streams ? streams.answer : []),
    ...('answer' in groups ? groups.answer : []),
  ];
  const whole = gravest(all.map(({ condition }) => condition));
  const lines = [
    line(`millrace  ${url}  ${moment}Z  ${whole}`, whole),
    ...alerts
      .slice(0, alertsMost)
      .map((alert) => line(alertLine(alert, sight.atMs), conditionOf(alert))),
    ...(alerts.length > alertsMost ? [line(`  … ${alerts.length - alertsMost} more alerts`)] : []),
    line(''),
    ...section(streams, streamsMost, { one: 'stream', row: streamRow }),
    line(''),
    ...section(groups, left - streamsMost, { one: 'group', row: groupRow }),
  ];
  return cut(lines, size, paint);
};

const conditionOf = ({ severity }: Alert): ConditionState =>
  severity === 'critical' ? 'bad' : severity === 'warning' ? 'warn' : 'ok';

/** No line is longer and there are not more than the screen has: one that wraps would push the others out. */
const cut = (lines: readonly Line[], { columns, rows }: TopSize, paint: Paint): string[] =>
  lines
    .slice(0, rows)
    .map(({ text, condition }) =>
      paint(condition, text.length > columns ? `${text.slice(0, columns - 1)}…` : text),
    );
