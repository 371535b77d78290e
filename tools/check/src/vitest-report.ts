import { stripVTControlCharacters } from 'node:util';

/**
 * What became of one run of vitest, read from the moments that our reporter wrote down. A file or suite whose hook
 * failed counts as one failure; and so does a run that ended badly without naming a failed test, so that a red run
 * never prints "0 failed".
 */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface Failure {
  /** `path/of/the.test.ts > the test's name` */
  readonly test: string;
  /** What was wrong, in one line. */
  readonly error: string;
}

export interface Outcome {
  readonly counts: Counts;
  readonly failures: readonly Failure[];
}

/** One line of the file between reporter and reader. `failed` is a test, a suite, a file or none of them. */
export type Moment =
  | { readonly what: 'started' | 'passed' | 'skipped'; readonly test: string }
  | { readonly what: 'failed'; readonly test: string; readonly error?: string }
  | { readonly what: 'ended' };

/** Names the file in which the reporter writes. */
export const progressFileVariable = 'MILLRACE_CHECK_PROGRESS';

const errorLengthMax = 240;

/** The first line that says something, without colours, cut to a line's length. */
function oneLine(error: string): string {
  const lines = stripVTControlCharacters(error).split('\n');
  const first = lines.map((line) => line.trim()).find((line) => line !== '') ?? 'no message';
  return first.length > errorLengthMax ? `${first.slice(0, errorLengthMax)}…` : first;
}

function parseMoments(text: string): Moment[] {
  // A killed run may leave its last line half written.
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Moment);
}

/**
 * @param progress the lines that the reporter wrote; empty when vitest did not come so far
 * @param succeeded whether vitest ended with exit code 0
 */
export function readOutcome(progress: string, succeeded: boolean): Outcome {
  const running = new Set<string>();
  const failures: Failure[] = [];
  let [passed, skipped, ended] = [0, 0, false];
  for (const moment of parseMoments(progress)) {
    if (moment.what === 'ended') {
      ended = true;
      continue;
    }
    if (moment.what === 'started') running.add(moment.test);
    else running.delete(moment.test);
    if (moment.what === 'passed') passed++;
    if (moment.what === 'skipped') skipped++;
    if (moment.what === 'failed')
      failures.push({ test: moment.test, error: oneLine(moment.error ?? '') });
  }
  if (!ended)
    for (const test of running) failures.push({ test, error: 'was running when vitest ended' });
  if (failures.length === 0 && !(succeeded && ended))
    failures.push({
      test: '(no test)',
      error: ended ? 'vitest ended with an error' : 'vitest ended before its tests did',
    });
  return { counts: { passed, failed: failures.length, skipped }, failures };
}
