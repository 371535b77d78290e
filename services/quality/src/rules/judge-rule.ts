/** From what was measured to the result of a rule. Pure; what follows from a result is settle-results.ts. */
import { limitText, meetsLimit, type QualityRule } from '@millrace/contracts';
import type { RuleOutcome, RuleResult } from '@millrace/operations';
import type { Measured } from './measure-rules.ts';

export interface Look {
  readonly id: string;
  readonly contract: string;
  readonly atMs: number;
  readonly durationMs: number;
  readonly place: RuleResult['place'];
  readonly scope: RuleResult['scope'];
  /** Of the rows that came; 1 when all were looked at. */
  readonly share?: number;
}

const figure = (value: number): string =>
  Number.isInteger(value) ? String(value) : value.toPrecision(4).replace(/\.?0+$/, '');

const unitText: Readonly<Record<QualityRule['unit'], string>> = {
  ...{ rows: ' rows', percent: ' %', seconds: ' s', deviations: ' deviations' },
  ...{ index: '', value: '' },
};

/** `2 of 10 rows`, `12.5 % of 80 rows`, `61 s`. */
const said = ({ unit, check }: QualityRule, measured: number, rows: number | null): string => {
  const isOfRows = rows !== null && check.kind !== 'rowCount';
  if (unit === 'rows' && isOfRows) return `${figure(measured)} of ${rows} rows`;
  const text = `${figure(measured)}${unitText[unit]}`;
  return unit === 'percent' && isOfRows ? `${text} of ${rows} rows` : text;
};

const outcomeOf = (rule: QualityRule, measured: number | null): RuleOutcome => {
  if (measured === null) return 'skipped';
  if (meetsLimit(measured, rule.limit)) return 'passed';
  return rule.action === 'warn' ? 'warning' : 'failed';
};

/** `warning` of a rule that only warns; `skipped` when there was nothing to measure; `error` when the look itself failed. */
export const judgeRule = (rule: QualityRule, found: Measured, look: Look): RuleResult => {
  const { share = 1, ...where } = look;
  const base = { ...where, rule: rule.id, expected: limitText(rule.limit), share };
  if (found.kind === 'error')
    return {
      ...base,
      ...{ outcome: 'error', measured: null, rowsChecked: null, rowsFailed: null },
      message: found.message,
    };
  const { measured, rowsChecked, rowsFailed, note } = found.measurement;
  const outcome = outcomeOf(rule, measured);
  const figures =
    measured === null ? '' : `${said(rule, measured, rowsChecked)}, ${limitText(rule.limit)}.`;
  const isPart = share > 0 && share < 1;
  const part = isPart ? `One of ${figure(1 / share)} records was looked at.` : undefined;
  return {
    ...{ ...base, outcome, measured, rowsChecked, rowsFailed },
    message: [figures, note, part].filter((text) => text).join(' '),
  };
};
