/** What one ODCS rule measures, out of its words. Where it stands and what follows from it is build-quality.ts. */
import { durationUnits, retentionMsOf } from '../odcs/durations.ts';
import type { CustomCheck } from './quality-forms.ts';
import type { QualityRule, RuleCheck, RuleValue } from './quality-rule.ts';
import {
  type CheckFault,
  type FieldOfRule,
  fault,
  fitNumber,
  fitNumbers,
  isNumericField,
  kindOf,
  valuesFault,
} from './rule-field.ts';
import { type RuleLimit, readLimit } from './rule-limit.ts';
import { ruleValueForm } from './rule-values.ts';
import { sqlRuleFault } from './sql-rule.ts';

/** Of ODCS `quality`, after validation by the standard's schema. */
export interface OdcsRule {
  readonly id?: string;
  readonly name?: string;
  readonly description?: string;
  readonly type?: 'text' | 'library' | 'sql' | 'custom';
  readonly metric?:
    | 'nullValues'
    | 'missingValues'
    | 'invalidValues'
    | 'duplicateValues'
    | 'rowCount';
  readonly arguments?: Readonly<Record<string, unknown>>;
  readonly unit?: string;
  readonly query?: string;
  readonly engine?: string;
  readonly implementation?: unknown;
  readonly dimension?: string;
  readonly severity?: string;
  readonly businessImpact?: string;
  readonly scheduler?: string;
  readonly schedule?: string;
  readonly customProperties?: readonly { readonly property: string; readonly value: unknown }[];
}

export interface BuiltCheck {
  readonly check: RuleCheck;
  readonly limit: RuleLimit;
  readonly unit: QualityRule['unit'];
}

/** What RE2 does not read: looking around and back references. */
const beyondRe2 = /\(\?(?:[=!]|<[=!])|\\[1-9]/;

const patternFault = (pattern: string): CheckFault | undefined => {
  let why = beyondRe2.test(pattern)
    ? 'ClickHouse’s RE2 has no lookaround and no back references'
    : undefined;
  try {
    new RegExp(pattern, 'u');
  } catch (error) {
    why = error instanceof Error ? error.message : String(error);
  }
  return why === undefined
    ? undefined
    : fault(
        'arguments',
        'quality-pattern',
        `${pattern} is no pattern: ${why}.`,
        'Write a regular expression that RE2 reads.',
      );
};

const needsField = (what: string): CheckFault =>
  fault(
    'metric',
    'quality-field-missing',
    `${what} is about a field, and the rule stands at the schema.`,
    'Move the rule to the quality of the property.',
  );

const scalars = (value: unknown): value is readonly RuleValue[] =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((one) => one === null || ['string', 'number', 'boolean'].includes(typeof one));

const formOf = ({ type }: FieldOfRule) => {
  const form = ruleValueForm(type);
  return form === undefined ? {} : { form };
};

const invalidCheck = (rule: OdcsRule, field: FieldOfRule): RuleCheck | CheckFault => {
  const { validValues, pattern } = rule.arguments ?? {};
  if ((validValues === undefined) === (pattern === undefined))
    return fault(
      'arguments',
      'quality-arguments',
      'invalidValues needs validValues or pattern, one of them.',
      'Write arguments: { validValues: [...] } or { pattern: "..." }.',
    );
  if (validValues !== undefined) {
    if (!scalars(validValues))
      return fault(
        'arguments',
        'quality-arguments',
        'validValues is no list of values.',
        'Write validValues: [A, B].',
      );
    return (
      valuesFault(field, 'validValues', validValues) ?? {
        ...formOf(field),
        kind: 'invalidValues',
        field: field.name,
        validValues: fitNumbers(field, validValues),
      }
    );
  }
  if (typeof pattern !== 'string')
    return fault(
      'arguments',
      'quality-arguments',
      'pattern is no text.',
      'Write pattern: "^[A-Z]{3}$".',
    );
  if (!['string', 'enum'].includes(kindOf(field.type)))
    return fault(
      'arguments',
      'quality-value-type',
      `${field.name} is ${kindOf(field.type)}, and a pattern is about text.`,
      'Use validValues, or a range of engine millrace.',
    );
  return patternFault(pattern) ?? { kind: 'invalidValues', field: field.name, pattern };
};

const duplicateCheck = (
  rule: OdcsRule,
  field: FieldOfRule | undefined,
  known: readonly string[],
): RuleCheck | CheckFault => {
  if (field !== undefined) return { kind: 'duplicateValues', fields: [field.name] };
  const fields = rule.arguments?.['properties'];
  if (!Array.isArray(fields) || fields.length === 0)
    return fault(
      'arguments',
      'quality-arguments',
      'duplicateValues of the schema does not say which fields.',
      'Write arguments: { properties: [a, b] }.',
    );
  const unknown = fields.find((name) => !known.includes(String(name)));
  if (unknown !== undefined)
    return fault(
      'arguments',
      'unknown-column',
      `${unknown} is not a field of the record.`,
      `Name fields of ${known.join(', ')}.`,
    );
  return { kind: 'duplicateValues', fields: fields.map(String) };
};

const libraryCheck = (
  rule: OdcsRule,
  field: FieldOfRule | undefined,
  known: readonly string[],
): RuleCheck | CheckFault => {
  const { metric } = rule;
  if (metric === 'rowCount') return { kind: 'rowCount' };
  if (metric === 'duplicateValues') return duplicateCheck(rule, field, known);
  if (metric === undefined)
    return fault('metric', 'missing', 'The rule names no metric.', 'Add metric, e.g. nullValues.');
  if (field === undefined) return needsField(metric);
  if (metric === 'nullValues') return { kind: 'nullValues', field: field.name };
  if (metric === 'invalidValues') return invalidCheck(rule, field);
  const values = rule.arguments?.['missingValues'] ?? [null, ''];
  if (!scalars(values))
    return fault(
      'arguments',
      'quality-arguments',
      'missingValues is no list of values.',
      'Write missingValues: [null, "", "n/a"].',
    );
  const isDefault = rule.arguments?.['missingValues'] === undefined;
  if (isDefault && (kindOf(field.type) !== 'string' || ruleValueForm(field.type) !== undefined))
    return { kind: 'missingValues', field: field.name, values: [null] };
  return (
    valuesFault(field, 'missingValues', values) ?? {
      ...formOf(field),
      kind: 'missingValues',
      field: field.name,
      values: fitNumbers(field, values),
    }
  );
};

/** What the rule measures and what that must be, or what is wrong with it. `time`: the column that tells a row's age. */
export const buildCheck = (
  rule: OdcsRule,
  field: FieldOfRule | undefined,
  known: readonly string[],
): BuiltCheck | CheckFault => {
  const { type = 'library' } = rule;
  if (type === 'custom') return customCheck(rule.implementation as CustomCheck, field);
  const limit = readLimit(rule as Readonly<Record<string, unknown>>);
  if (typeof limit === 'string')
    return fault(
      '',
      'quality-operator',
      limit,
      'Add one of mustBe, mustBeLessThan, mustBeBetween, …',
    );
  const unit = rule.unit ?? 'rows';
  if (type === 'sql') {
    const query = rule.query ?? '';
    const wrong = sqlRuleFault(query, field !== undefined);
    if (wrong !== undefined)
      return fault('query', 'quality-sql', wrong, 'Write one SELECT that answers one number.');
    return {
      check: { kind: 'sql', query, ...(field && { field: field.name }) },
      limit,
      unit: 'value',
    };
  }
  if (unit !== 'rows' && unit !== 'percent')
    return fault(
      'unit',
      'value-unknown',
      `${unit} is neither rows nor percent.`,
      'Write rows or percent.',
    );
  const check = libraryCheck(rule, field, known);
  if ('word' in check) return check;
  if (check.kind === 'rowCount' && unit === 'percent')
    return fault(
      'unit',
      'quality-unit',
      'rowCount counts rows, and percent of what is not known.',
      'Write unit: rows.',
    );
  return { check, limit, unit };
};

const atMost = (bound: number): RuleLimit => ({ operator: 'mustBeLessOrEqualTo', bounds: [bound] });

const duration = (word: string, text: string): number | CheckFault => {
  const ms = retentionMsOf(text) ?? -1;
  if (ms > 0) return ms;
  const message = `${word} ${JSON.stringify(text)} is not a duration.`;
  return fault(
    'implementation',
    'duration-unreadable',
    message,
    `Write e.g. 15min, 7d (${durationUnits}).`,
  );
};

const defaults = { column: '_ingested_at', reference: '7d', current: '1d' } as const;

const customCheck = (
  given: CustomCheck,
  field: FieldOfRule | undefined,
): BuiltCheck | CheckFault => {
  switch (given.check) {
    case 'freshness': {
      const ms = duration('maxAge', given.maxAge);
      if (typeof ms !== 'number') return ms;
      const column = given.column ?? field?.name ?? defaults.column;
      return { check: { kind: 'freshness', column }, limit: atMost(ms / 1000), unit: 'seconds' };
    }
    case 'range': {
      if (field === undefined) return needsField('range');
      const { min, max, maxRows, maxPercent } = given;
      const isNumber = isNumericField(field) || ruleValueForm(field.type)?.form === 'decimal';
      if ((min === undefined && max === undefined) || !isNumber)
        return fault(
          'implementation',
          'quality-arguments',
          `range needs min or max and a field that is a number; ${field.name} is ${kindOf(field.type)}.`,
          'Write { check: range, min: 0 }.',
        );
      return {
        check: {
          ...formOf(field),
          kind: 'range',
          field: field.name,
          ...(min !== undefined && { min: fitNumber(field, min) }),
          ...(max !== undefined && { max: fitNumber(field, max) }),
        },
        limit: atMost(maxPercent ?? maxRows ?? 0),
        unit: maxPercent === undefined ? 'rows' : 'percent',
      };
    }
    case 'volume': {
      const { column = defaults.column, threshold = 4, minWeeks = 3 } = given;
      return {
        check: { kind: 'volume', column, threshold, weeksMin: minWeeks },
        limit: { operator: 'mustBeBetween', bounds: [-threshold, threshold] },
        unit: 'deviations',
      };
    }
    case 'drift': {
      if (field === undefined) return needsField('drift');
      const { column = defaults.column, bins = 10, minRows = 1000, maxIndex = 0.2 } = given;
      const referenceMs = duration('reference', given.reference ?? defaults.reference);
      const currentMs = duration('current', given.current ?? defaults.current);
      if (typeof referenceMs !== 'number') return referenceMs;
      if (typeof currentMs !== 'number') return currentMs;
      return {
        check: {
          ...{ kind: 'drift', field: field.name, column, isNumeric: isNumericField(field) },
          ...{ referenceMs, currentMs, bins, rowsMin: minRows },
        },
        limit: atMost(maxIndex),
        unit: 'index',
      };
    }
  }
};
