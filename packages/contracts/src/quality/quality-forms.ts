/** Millrace's own words in ODCS `quality`, as JSON Schema: the custom property of a rule, and what engine `millrace` checks. */
import { plainNamePattern } from '../odcs/millrace-section.ts';
import { qualityActions } from './quality-rule.ts';

const closed = { type: 'object', additionalProperties: false } as const;
const $schema = 'https://json-schema.org/draft/2019-09/schema';

/** Of the custom property `millrace` of one rule. */
export interface RuleSection {
  readonly action?: (typeof qualityActions)[number];
  readonly live?: boolean;
  readonly samples?: number;
}

export const ruleSectionSchema = {
  $schema,
  ...closed,
  properties: {
    action: { enum: [...qualityActions] },
    live: { type: 'boolean' },
    samples: { type: 'integer', minimum: 0, maximum: 1000 },
  },
} as const;

/** `implementation` of a rule of `type: custom`, `engine: millrace`. Durations as text: `15m`. */
export type CustomCheck =
  | { readonly check: 'freshness'; readonly column?: string; readonly maxAge: string }
  | {
      readonly check: 'range';
      readonly min?: number;
      readonly max?: number;
      readonly maxRows?: number;
      readonly maxPercent?: number;
    }
  | {
      readonly check: 'volume';
      readonly column?: string;
      readonly threshold?: number;
      readonly minWeeks?: number;
    }
  | {
      readonly check: 'drift';
      readonly column?: string;
      readonly reference?: string;
      readonly current?: string;
      readonly maxIndex?: number;
      readonly bins?: number;
      readonly minRows?: number;
    };

const column = { type: 'string', pattern: `^_?${plainNamePattern.slice(1)}` } as const;
const form = (
  check: string,
  properties: Readonly<Record<string, unknown>>,
  required: readonly string[] = [],
) => ({
  $schema,
  ...closed,
  required: ['check', ...required],
  properties: { check: { const: check }, ...properties },
});

/** By the word `check`. */
export const customCheckSchemas = {
  freshness: form('freshness', { column, maxAge: { type: 'string' } }, ['maxAge']),
  range: form('range', {
    min: { type: 'number' },
    max: { type: 'number' },
    maxRows: { type: 'number', minimum: 0 },
    maxPercent: { type: 'number', minimum: 0, maximum: 100 },
  }),
  volume: form('volume', {
    column,
    threshold: { type: 'number', exclusiveMinimum: 0 },
    // No more weeks are looked at.
    minWeeks: { type: 'integer', minimum: 2, maximum: 8 },
  }),
  drift: form('drift', {
    column,
    reference: { type: 'string' },
    current: { type: 'string' },
    maxIndex: { type: 'number', exclusiveMinimum: 0 },
    bins: { type: 'integer', minimum: 2, maximum: 100 },
    minRows: { type: 'integer', minimum: 1 },
  }),
} as const;
