/** One run of Maven that puts files into `target/`; tells what it downloads. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, createWriteStream, existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { finished } from 'node:stream/promises';
import { MillraceError } from '@millrace/contracts';
import { guardProcess } from './guard.ts';

const progressIntervalMs = 500;

export type DownloadProgress = (detail: string) => void;

export interface MavenRun {
  /** Holds pom.xml; `target/` is written below it. */
  readonly directory: string;
  readonly goals: readonly string[];
  /** What is downloaded, for a person whose download failed. */
  readonly description: string;
  /** In place of the user's own repository. */
  readonly localRepository?: string;
  readonly onProgress: DownloadProgress;
}

/** `Downloaded from central: …/kafka-clients-4.4.0.jar (10 MB at 9 MB/s)` → the file's name and size. */
export function downloadedFile(line: string): { file: string; size: string } | undefined {
  const found = /Downloaded from \S+ \S*\/(\S+) \(([\d.]+ [kMG]?B)/.exec(line);
  return found?.[1] === undefined || found[2] === undefined
    ? undefined
    : { file: found[1], size: found[2] };
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Maven keeps its repository below the home that the user database names; a user of a container may have none. */
function hasOwnRepository(): boolean {
  try {
    const home = userInfo().homedir;
    return isWritable(join(home, '.m2')) || (!existsSync(join(home, '.m2')) && isWritable(home));
  } catch {
    return false;
  }
}

function failure(description: string, lines: readonly string[], logFile: string): Error {
  const noSpace = lines.find((line) => /no space left on device/i.test(line));
  if (noSpace !== undefined) return Object.assign(new Error(noSpace), { code: 'ENOSPC' });
  const told = lines.find((line) => line.startsWith('[ERROR]')) ?? lines.at(-1) ?? 'no output';
  const reason = told.replace(/^\[ERROR\] /, '').replace(/ -> \[Help 1\]$/, '');
  return new MillraceError(
    'stack.download-failed',
    `Maven could not download ${description}: ${reason.slice(0, 300)} (log: ${logFile}). Check the network and the proxy in ~/.m2/settings.xml, then start again.`,
    { retryable: true },
  );
}

/** @throws `stack.maven-missing`, `stack.download-failed`, or an Error with code ENOSPC */
export async function runMaven(run: MavenRun): Promise<void> {
  const logFile = join(dirname(run.directory), 'maven.log');
  const localRepository =
    run.localRepository ?? (hasOwnRepository() ? undefined : join(run.directory, 'repository'));
  const repository = localRepository === undefined ? [] : [`-Dmaven.repo.local=${localRepository}`];
  const maven = spawn('mvn', ['-B', '-Dstyle.color=never', ...repository, ...run.goals], {
    cwd: run.directory,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  try {
    await once(maven, 'spawn');
  } catch (cause) {
    throw new MillraceError(
      'stack.maven-missing',
      `Maven was not found, and the first start downloads ${run.description} with it: install it (Debian: apt-get install maven), or use --backend containers or --backend external.`,
      { cause },
    );
  }
  const guard = guardProcess(maven.pid ?? 0, 'SIGTERM');
  const ended = once(maven, 'exit');
  const log = createWriteStream(logFile);
  // It helps to find out why; that it cannot be written is not the download's failure.
  const logged = finished(log).catch(() => undefined);
  maven.stdout.pipe(log, { end: false });
  maven.stderr.pipe(log, { end: false });
  const lines: string[] = [];
  let files = 0;
  let toldAtMs = Number.NEGATIVE_INFINITY;
  for await (const line of createInterface(maven.stdout)) {
    if (lines.length < 5000) lines.push(line);
    const got = downloadedFile(line);
    if (got === undefined || !/\.(jar|gz)$/.test(got.file)) continue;
    files++;
    if (performance.now() - toldAtMs < progressIntervalMs) continue;
    toldAtMs = performance.now();
    run.onProgress(`${got.file} (${got.size}; file ${files})`);
  }
  const [code] = await ended;
  guard.release();
  log.end();
  await logged;
  if (code !== 0) throw failure(run.description, lines, logFile);
}
