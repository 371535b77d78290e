import type { RowCheck } from '@millrace/contracts';
import { expect, test } from 'vitest';
import { rowFailure } from './row-failure.ts';

const failing = (check: RowCheck, values: readonly unknown[]) => values.filter(rowFailure(check));
const field = 'x';

test('nulls fail where null is what is asked for', () => {
  expect(failing({ kind: 'nullValues', field }, [null, undefined, '', 0])).toEqual([
    null,
    undefined,
  ]);
  const values = [null, '', 'n/a'];
  expect(failing({ kind: 'missingValues', field, values }, [null, '', 'n/a', 'ok', 0])).toEqual([
    ...values,
  ]);
});

test('elsewhere null is no value and fails nothing', () => {
  const valid = { kind: 'invalidValues', field, validValues: ['A', 'B'] } as const;
  expect(failing(valid, [null, undefined, 'A', 'C'])).toEqual(['C']);
  expect(
    failing({ kind: 'invalidValues', field, pattern: '^[A-Z]{3}$' }, [null, 'ABQ', 'abq']),
  ).toEqual(['abq']);
  expect(failing({ kind: 'range', field, min: 0, max: 9 }, [null, 0, 9, -1, 10])).toEqual([-1, 10]);
});

test('a long beyond what a number holds is compared, and NaN is outside every range', () => {
  expect(failing({ kind: 'range', field, max: 5 }, [2n ** 60n, 3, Number.NaN])).toEqual([
    2n ** 60n,
    Number.NaN,
  ]);
  expect(failing({ kind: 'invalidValues', field, validValues: [7] }, [7n, 7, 8n])).toEqual([8n]);
});
