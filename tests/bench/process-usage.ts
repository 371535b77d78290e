/** What a process has used so far, from procfs. */
import { readFileSync } from 'node:fs';

export interface ProcessUsage {
  /** User and system time, seconds. */
  readonly cpuSeconds: number;
  /** Peak of resident memory (VmHWM), bytes. */
  readonly peakResidentBytes: number;
}

const clockTicksPerSecond = 100;

/** Throws ENOENT when the process is gone. Linux only. */
export function processUsage(pid: number): ProcessUsage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / clockTicksPerSecond,
    peakResidentBytes: Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) * 1024,
  };
}

/** How long the process's main thread has been ready to run and was not, for others that did, seconds: what a busy machine costs it. */
export const waitedSeconds = (pid: number): number =>
  Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')[1]) / 1e9;

/** Resident memory that no file is behind (RssAnon), bytes: without the pages of node's own binary, which processes share. */
export const anonymousBytes = (pid: number): number =>
  Number(/RssAnon:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;

/** Resident memory now (VmRSS), bytes. */
export const residentBytes = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
