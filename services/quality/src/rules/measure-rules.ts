/**
 * Measures the rules of one contract on its table: those that can share a pass in one statement, the others each by its own. A
 * statement that the server refuses is taken apart, so that one wrong rule does not hide the others.
 */
import { rejectionOf } from '@millrace/clickhouse';
import {
  fillSqlRule,
  MillraceError,
  type QualityRule,
  quoteName,
  type WarehouseContract,
} from '@millrace/contracts';
import { measureDrift } from './measure-drift.ts';
import { measureVolume } from './measure-volume.ts';
import { isScanned, type Measurement, scanStatement } from './scan-statement.ts';
import { type Ask, ruleSource } from './table-source.ts';

/** A measurement, or why there is none. */
export type Measured =
  | { readonly kind: 'measured'; readonly measurement: Measurement }
  | { readonly kind: 'error'; readonly message: string };

export interface MeasureOptions {
  readonly ask: Ask;
  /** True when the server answers: what failed was the statement, not the server. */
  readonly isThere: () => Promise<boolean>;
}

export interface Selection {
  /** Quoted name. */
  readonly source: string;
  readonly where?: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

/** A statement's own fault as a message; rejects with the error when the server is away. */
const faultOf = async (error: unknown, { isThere }: MeasureOptions): Promise<string> => {
  if (!(error instanceof MillraceError)) throw error;
  const rejection = rejectionOf(error);
  if (rejection !== undefined) return reasons[rejection.serverType] ?? error.message;
  // A limit that is exceeded looks as if the server were busy; only who asks can tell.
  if (error.retryable && !(await isThere())) throw error;
  return limits.find(([word]) => error.message.includes(word))?.[1] ?? error.message;
};

const tooLong = 'The statement took longer than MILLRACE_QUALITY_RULE_TIMEOUT.';

const reasons: Readonly<Record<string, string>> = {
  TOO_SLOW: tooLong,
  UNKNOWN_IDENTIFIER: 'The table has no column that the rule names.',
  NO_SUCH_COLUMN_IN_TABLE: 'The table has no column that the rule names.',
  UNKNOWN_TABLE: 'The table does not exist: run millrace contracts apply.',
};
const limits: readonly (readonly [string, string])[] = [
  ['TIMEOUT_EXCEEDED', tooLong],
  ['MEMORY_LIMIT_EXCEEDED', 'The statement needed more than MILLRACE_QUALITY_RULE_MEMORY.'],
];

const trying = async (
  options: MeasureOptions,
  work: () => Promise<Measurement>,
): Promise<Measured> => {
  try {
    return { kind: 'measured', measurement: await work() };
  } catch (error) {
    return { kind: 'error', message: await faultOf(error, options) };
  }
};

const scan = async (
  options: MeasureOptions,
  rules: readonly QualityRule[],
  { source, where, params }: Selection,
): Promise<ReadonlyMap<string, Measured>> => {
  if (rules.length === 0) return new Map();
  const { statement, read } = scanStatement(rules, source, where);
  try {
    const [row] = await options.ask<Record<string, unknown>>(statement, params);
    const found = read(row ?? {});
    return new Map(
      [...found].map(([id, measurement]) => [id, { kind: 'measured', measurement } as const]),
    );
  } catch (error) {
    const message = await faultOf(error, options);
    if (rules.length === 1) return new Map([[rules[0]!.id, { kind: 'error', message } as const]]);
    const selection = { source, ...(where && { where }), ...(params && { params }) };
    const apart: [string, Measured][] = [];
    for (const rule of rules) apart.push(...(await scan(options, [rule], selection)));
    return new Map(apart);
  }
};

/** NaN of what is no number: an empty text and a list are none, though JavaScript makes 0 of them. */
const numberOf = (value: unknown): number =>
  typeof value === 'object' || value === '' ? Number.NaN : Number(value);

const firstValue = async (ask: Ask, query: string): Promise<unknown> => {
  const [row = {}] = await ask<Record<string, unknown>>(query);
  const [first] = Object.keys(row);
  if (first === undefined) return undefined;
  if (!/^\d+$/.test(first)) return row[first];
  // An object has a column that is named by a number, as one of `100` is, before all others.
  const [placed] = await ask<{ first: unknown }>(`SELECT tuple(*).1 AS first FROM (${query})`);
  return placed?.first;
};

const sqlMeasurement = async (
  { ask }: MeasureOptions,
  contract: WarehouseContract,
  check: Extract<QualityRule['check'], { kind: 'sql' }>,
): Promise<Measurement> => {
  const { view, table } = contract.warehouse;
  const query = fillSqlRule(check.query, {
    ...{ table: quoteName(view), raw: quoteName(table) },
    ...(check.field !== undefined && { column: quoteName(check.field) }),
  });
  const value = await firstValue(ask, query);
  const nothing = { rowsChecked: null, rowsFailed: null };
  if (value === undefined || value === null)
    return { measured: null, ...nothing, note: 'The query answered nothing.' };
  const measured = numberOf(value);
  return Number.isFinite(measured)
    ? { measured, ...nothing }
    : { measured: null, ...nothing, note: 'The query answered no number.' };
};

/**
 * By the id of the rule. Rejects with `clickhouse.unavailable` while the server is away; whatever else fails is the outcome of
 * the rule.
 */
export const measureRules = async (
  options: MeasureOptions,
  contract: WarehouseContract,
  rules: readonly QualityRule[],
  selection: Selection = { source: ruleSource(contract) },
): Promise<ReadonlyMap<string, Measured>> => {
  const { source } = selection;
  const found = new Map(await scan(options, rules.filter(isScanned), selection));
  for (const { id, check } of rules) {
    if (check.kind === 'sql')
      found.set(id, await trying(options, () => sqlMeasurement(options, contract, check)));
    if (check.kind === 'volume')
      found.set(id, await trying(options, () => measureVolume(options.ask, check, source)));
    if (check.kind === 'drift')
      found.set(id, await trying(options, () => measureDrift(options.ask, check, source)));
  }
  return found;
};
