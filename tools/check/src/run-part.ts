import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endLeftovers, type Leftover, markerVariable } from './leftovers.ts';
import type { Part } from './parts.ts';
import { type Counts, countTests } from './vitest-report.ts';

/** Runs one part as a child process and says how it went. Prints nothing itself. */
export interface PartResult {
  readonly name: string;
  readonly counts: Counts;
  readonly elapsedMs: number;
  /** What went wrong beside the tests themselves: over its limit, a process left behind. */
  readonly problems: readonly string[];
}

/** How long a part's children may take to end after it. A stack whose parent was killed takes up to 15 s. */
const LEFTOVER_GRACE_MS = 20_000;
/** Between the polite signal and SIGKILL, for a part over its limit. */
const TERMINATE_GRACE_MS = 15_000;

interface Ending {
  readonly succeeded: boolean;
  readonly overLimit: boolean;
}

function runCommand(
  part: Part,
  extraArguments: readonly string[],
  marker: string,
  stop: AbortSignal,
): Promise<Ending> {
  const [program, ...programArguments] = part.command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...programArguments, ...extraArguments], {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, [markerVariable]: marker },
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
      resolve({ succeeded: code === 0 && !overLimit, overLimit });
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
  const reportDirectory = mkdtempSync(join(tmpdir(), 'millrace-check-'));
  const reportFile = join(reportDirectory, 'report.json');
  const reporters =
    part.counts === 'tests'
      ? ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`]
      : [];
  try {
    const ending = await runCommand(part, reporters, marker, stop);
    const leftovers = await endLeftovers(marker, LEFTOVER_GRACE_MS);
    const report = existsSync(reportFile) ? readFileSync(reportFile, 'utf8') : undefined;
    const counts =
      part.counts === 'tests'
        ? countTests(report, ending.succeeded)
        : { passed: ending.succeeded ? 1 : 0, failed: ending.succeeded ? 0 : 1, skipped: 0 };
    return {
      name: part.name,
      counts: { ...counts, failed: counts.failed + (leftovers.length > 0 ? 1 : 0) },
      elapsedMs: performance.now() - startedMs,
      problems: describeProblems(part, ending, leftovers),
    };
  } finally {
    rmSync(reportDirectory, { recursive: true, force: true });
  }
}

function describeProblems(part: Part, ending: Ending, leftovers: readonly Leftover[]): string[] {
  const late = ending.overLimit
    ? [`was ended at its limit of ${Math.round(part.limitMs / 1000)} s`]
    : [];
  const left = leftovers.map(({ pid, command }) => `left process ${pid} behind: ${command}`);
  return [...late, ...left];
}
