import { isDeepStrictEqual } from 'node:util';
import type { ExpectedRecord } from './case.ts';
import type { JsonRecords } from './json-records.ts';

/** Of one output record, or of a count (`late`, `rejected`, `failed`). */
export interface Difference {
  readonly what: string;
  /** From 1. */
  readonly position?: number;
  /** Left out: nothing was expected, or nothing came. */
  readonly expected?: unknown;
  readonly actual?: unknown;
}

/**
 * What a transform wrote against what a case expects, record by record; of each the fields that the case
 * names. Throws `transform.cases-invalid` for a field that the contract does not have.
 */
export const outputDifferences = (
  contract: string,
  wanted: readonly ExpectedRecord[],
  actual: readonly { readonly value: unknown }[],
  records: JsonRecords,
): readonly Difference[] =>
  Array.from({ length: Math.max(wanted.length, actual.length) }, (_, index) => {
    const came = actual[index]?.value as ExpectedRecord | undefined;
    const difference = recordDifference(wanted[index], came, records);
    return difference && { what: contract, position: index + 1, ...difference };
  }).filter((difference) => difference !== undefined);

type RecordDifference = Pick<Difference, 'expected' | 'actual'>;

const recordDifference = (
  expected: ExpectedRecord | undefined,
  came: ExpectedRecord | undefined,
  records: JsonRecords,
): RecordDifference | undefined => {
  const shown = came && records.jsonOf(came);
  if (expected === undefined || expected === null || shown === undefined || shown === null)
    return expected === shown ? undefined : { expected, actual: shown };
  const part = records.partOf(expected);
  const different = Object.keys(part).filter(
    (field) => !isDeepStrictEqual(part[field], came![field]),
  );
  if (different.length === 0) return undefined;
  const pick = (from: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(different.map((field) => [field, from[field]]));
  return { expected: pick(records.jsonOf(part)), actual: pick(shown) };
};
