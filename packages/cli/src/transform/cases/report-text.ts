import type { Difference } from './compare-outputs.ts';
import type { CaseResult } from './run-case.ts';

/** The results of one file for a terminal: a line a case, and below it what is different. */
export const reportText = (path: string, results: readonly CaseResult[]): string =>
  [
    path,
    ...results.flatMap(({ name, differences }) => [
      `  ${differences.length === 0 ? 'as expected' : 'DIFFERENT  '}  ${name}`,
      ...differences.flatMap(differenceLines),
    ]),
  ].join('\n');

const differenceLines = ({ what, position, expected, actual }: Difference): string[] => [
  `      ${what}${position === undefined ? '' : `, record ${position}`}`,
  `        expected ${valueText(expected)}`,
  `        came     ${valueText(actual)}`,
];

const valueText = (value: unknown): string =>
  value === undefined ? 'nothing' : JSON.stringify(value);
