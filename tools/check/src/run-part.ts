import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { endLeftovers, type Leftover, markerVariable } from './leftovers.ts';
import { type Part, skippedCode } from './parts.ts';
import {
  type Counts,
  type Failure,
  type Outcome,
  progressFileVariable,
  readOutcome,
} from './vitest-report.ts';

/** Runs one part as a child process and says how it went. Prints nothing itself. */
export interface PartResult {
  readonly name: string;
  readonly counts: Counts;
  readonly elapsedMs: number;
  /** The tests that failed, for a part that is made of tests. */
  readonly failures: readonly Failure[];
  /** What went wrong beside the tests themselves: over its limit, a process left behind. */
  readonly problems: readonly string[];
}

/** How long a part's children may take to end after it. A stack whose parent was killed takes up to 15 s. */
const LEFTOVER_GRACE_MS = 20_000;
/** Between the polite signal and SIGKILL, for a part over its limit. */
const TERMINATE_GRACE_MS = 15_000;

/** What a person reads, and what this program does. */
const reporters = [
  '--reporter=default',
  `--reporter=${fileURLToPath(new URL('./progress-reporter.ts', import.meta.url))}`,
];

interface Ending {
  readonly succeeded: boolean;
  readonly overLimit: boolean;
  /** It said that it could not be made. */
  readonly isSkipped: boolean;
}

function runCommand(
  part: Part,
  environment: Readonly<Record<string, string>>,
  stop: AbortSignal,
): Promise<Ending> {
  const [program, ...programArguments] = part.command;
  const extraArguments = part.counts === 'tests' ? reporters : [];
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...programArguments, ...extraArguments], {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...environment },
    });
    let overLimit = false;
    let lastResort: NodeJS.Timeout | undefined;
    const limit = setTimeout(() => {
      overLimit = true;
      child.kill('SIGTERM');
      lastResort = setTimeout(() => child.kill('SIGKILL'), TERMINATE_GRACE_MS);
    }, part.limitMs);
    const end = () => child.kill('SIGTERM');
    stop.addEventListener('abort', end);
    child.once('error', reject);
    child.once('exit', (code) => {
      clearTimeout(limit);
      clearTimeout(lastResort);
      stop.removeEventListener('abort', end);
      resolve({ succeeded: code === 0 && !overLimit, overLimit, isSkipped: code === skippedCode });
    });
  });
}

/**
 * Never rejects for a failed part: failing is a result. Rejects when the program cannot be started.
 * @param stop ends the part early; what it left running is ended as well
 */
export async function runPart(part: Part, stop: AbortSignal): Promise<PartResult> {
  const startedMs = performance.now();
  const marker = `${process.pid}-${part.name}-${Date.now()}`;
  const directory = mkdtempSync(join(tmpdir(), 'millrace-check-'));
  const progressFile = join(directory, 'progress');
  try {
    const environment = { [markerVariable]: marker, [progressFileVariable]: progressFile };
    const ending = await runCommand(part, environment, stop);
    const leftovers = await endLeftovers(marker, LEFTOVER_GRACE_MS);
    const progress = existsSync(progressFile) ? readFileSync(progressFile, 'utf8') : '';
    const { counts, failures } =
      part.counts === 'tests' ? readOutcome(progress, ending.succeeded) : verdict(ending);
    return {
      name: part.name,
      counts: { ...counts, failed: counts.failed + (leftovers.length > 0 ? 1 : 0) },
      elapsedMs: performance.now() - startedMs,
      failures,
      problems: describeProblems(part, ending, leftovers),
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const verdict = ({ succeeded, isSkipped }: Ending): Outcome => ({
  counts: {
    passed: succeeded ? 1 : 0,
    failed: succeeded || isSkipped ? 0 : 1,
    skipped: isSkipped ? 1 : 0,
  },
  failures: [],
});

function describeProblems(part: Part, ending: Ending, leftovers: readonly Leftover[]): string[] {
  const late = ending.overLimit
    ? [`was ended at its limit of ${Math.round(part.limitMs / 1000)} s`]
    : [];
  const left = leftovers.map(({ pid, command }) => `left process ${pid} behind: ${command}`);
  return [...late, ...left];
}
