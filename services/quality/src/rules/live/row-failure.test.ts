import type { RowCheck, RuleValueForm } from '@millrace/contracts';
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

test('a fraction is equal to no long, and text beside numbers to neither', () => {
  const valid = { kind: 'invalidValues', field, validValues: [1, 2.5] } as const;
  expect(failing(valid, [1, 2n ** 60n, 1n, 2])).toEqual([2n ** 60n, 2]);
});

test('times, decimals, uuids and bytes are compared as what records hold', () => {
  const bytes = (...numbers: number[]) => Buffer.from(numbers);
  const uuid = '6f9619ff-8b86-d011-b42d-00cf4fc964ff';
  const cases: readonly (readonly [RuleValueForm, string[], unknown[], unknown[]])[] = [
    [{ form: 'date' }, ['2026-01-01'], [20_454], [20_455]],
    [{ form: 'time', units: 1_000 }, ['10:00'], [36_000_000], [36_000_001]],
    [
      { form: 'timestamp', units: 1_000 },
      ['2026-01-01T01:00:00+01:00', '1969-12-31 23:59:59.5'],
      [1_767_225_600_000, -500],
      [1_767_225_600_001],
    ],
    [{ form: 'timestamp', units: 1_000_000 }, ['2026-01-01'], [1_767_225_600_000_000], [0]],
    [
      { form: 'decimal', scale: 2 },
      ['1.5', '-0.01'],
      [bytes(0, 150), bytes(255)],
      [bytes(1, 150), bytes(1)],
    ],
    [{ form: 'uuid' }, [uuid.toUpperCase()], [uuid], ['6f9619ff-8b86-d011-b42d-00cf4fc964fe']],
    [{ form: 'bytes' }, ['ab', ''], [Buffer.from('ab'), Buffer.alloc(0)], [Buffer.from('a')]],
  ];
  for (const [form, validValues, right, wrong] of cases) {
    const check = { kind: 'invalidValues', field, form, validValues } as const;
    expect([form, failing(check, [null, ...right, ...wrong])]).toEqual([form, wrong]);
    const missing = { kind: 'missingValues', field, form, values: [null, ...validValues] } as const;
    expect([form, failing(missing, [null, ...right, ...wrong])]).toEqual([form, [null, ...right]]);
  }
  const range = { kind: 'range', field, form: { form: 'decimal', scale: 2 }, min: 0, max: 1.5 };
  expect(failing(range as RowCheck, [null, bytes(0, 150), bytes(0, 151), bytes(255)])).toEqual([
    bytes(0, 151),
    bytes(255),
  ]);
});

test('a pattern means what RE2 of ClickHouse means: a dot is any character, white space is ASCII', () => {
  const pattern = (text: string) => ({ kind: 'invalidValues', field, pattern: text }) as const;
  expect(failing(pattern('^a.b$'), ['a\nb', 'ab'])).toEqual(['ab']);
  expect(failing(pattern('^a\\sb$'), ['a b', 'a\u00a0b'])).toEqual(['a\u00a0b']);
  expect(failing(pattern('^[a\\s]+$'), ['a a', 'a\u00a0'])).toEqual(['a\u00a0']);
  expect(failing(pattern('^\\S+$'), ['a\u00a0b', 'a b'])).toEqual(['a b']);
});
