/** Whether a decoded value fails a check of single rows: as ClickHouse would say by row-predicate.ts, which a test holds it to. */
import type { RowCheck, RuleValue } from '@millrace/contracts';

const equals = (value: unknown, wanted: RuleValue): boolean =>
  value === wanted ||
  (typeof value === 'bigint' && typeof wanted === 'number' && value === BigInt(wanted));

/** A test of one value; undefined counts as null. Null fails only where null is what is asked for. */
export const rowFailure = (check: RowCheck): ((value: unknown) => boolean) => {
  switch (check.kind) {
    case 'nullValues':
      return (value) => value === null || value === undefined;
    case 'missingValues': {
      const { values } = check;
      return (value) => values.some((one) => equals(value ?? null, one));
    }
    case 'invalidValues': {
      if (check.pattern !== undefined) {
        const pattern = new RegExp(check.pattern, 'u');
        return (value) => typeof value === 'string' && !pattern.test(value);
      }
      const valid = check.validValues!.filter((value) => value !== null);
      return (value) =>
        value !== null && value !== undefined && !valid.some((one) => equals(value, one));
    }
    case 'range': {
      const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = check;
      return (value) =>
        value !== null && value !== undefined && !(Number(value) >= min && Number(value) <= max);
    }
  }
};
