import { describe, expect, test } from 'vitest';
import { exampleFiles } from '../testing/example-files.ts';
import { measureParts } from '../warehouse/rollups.ts';
import { parseProject } from './parse-project.ts';

/** Rules that the example breaks once a contract has this rollup. */
const rulesWith = (
  by: string,
  measures: string,
  name = 'departed',
  edit: (text: string) => string = (text) => text,
): readonly string[] => {
  const role = name === 'departed' ? 'role: fact, orderBy: [origin]' : 'role: dimension';
  const rollup = `{ name: rolled, by: { ${by} }, measures: { ${measures} } }`;
  const files = exampleFiles().map((file) =>
    file.path.endsWith(`${name}.odcs.yaml`)
      ? {
          ...file,
          text: edit(file.text).replace(
            /warehouse:\n[\s\S]*$/,
            `warehouse: { ${role}, rollups: [${rollup}] }\n`,
          ),
        }
      : file,
  );
  return parseProject(files).problems.map(({ rule }) => rule);
};

describe('a rollup', () => {
  test('groups by columns and expressions, and measures by aggregate functions', () => {
    expect(
      rulesWith(
        'origin: origin, hour: toStartOfHour(departed_at)',
        'flights: count(), late: countIf(delay_minutes > 15), p95: "quantile(0.95)(delay_minutes)"',
      ),
    ).toEqual([]);
  });

  test.each([
    ['a column that is not there', 'origin: orign', 'flights: count()', ['unknown-column']],
    ['a time of counting', 'day: toDate(now())', 'flights: count()', ['expression-unstable']],
    ['no single function', 'origin: origin', 'a: avg(delay_minutes) + 1', ['measure-unfit']],
    [
      'a sum of two',
      'origin: origin',
      'a: "max(delay_minutes) + max(distance_miles)"',
      ['measure-unfit'],
    ],
    ['one name twice', 'origin: origin', 'origin: count()', ['duplicate']],
  ])('of %s is refused', (_what, by, measures, rules) => {
    expect(rulesWith(by, measures)).toEqual(rules);
  });

  test('over a dimension is refused: its rows are replaced after they were counted', () => {
    expect(rulesWith('country: country', 'airports: count()', 'airports')).toEqual(['fact-only']);
  });

  test('over a column that is not for every analyst is refused', () => {
    const confidential = (text: string) =>
      text.replace(/(- name: delay_minutes[\s\S]*?classification:) public/, '$1 confidential');
    expect(
      rulesWith('origin: origin', 'mean: avg(delay_minutes)', 'departed', confidential),
    ).toEqual(['rollup-restricted']);
  });
});

test('a measure is taken apart into function, parameters and argument', () => {
  expect(measureParts('count()')).toEqual({ name: 'count', parameters: '', argument: '' });
  expect(measureParts('quantiles(0.5, 0.9)(a)')).toEqual({
    name: 'quantiles',
    parameters: '(0.5, 0.9)',
    argument: 'a',
  });
  expect(measureParts('avg(toFloat64(a) / 2)')).toMatchObject({ argument: 'toFloat64(a) / 2' });
  expect(measureParts('a')).toBeUndefined();
});
