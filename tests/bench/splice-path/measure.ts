/** CPU seconds of this process and of another, around a piece of work. Linux only: it reads /proc. */
import { readFileSync } from 'node:fs';

export interface Cost {
  readonly ownCpuSeconds: number;
  readonly serverCpuSeconds: number;
  readonly wallSeconds: number;
}

/** USER_HZ, which is 100 wherever Node runs on Linux. */
const TICKS_PER_SECOND = 100;

/** User and system time of a process with all its threads. Source: proc(5), /proc/[pid]/stat. */
const cpuSecondsOf = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The second field is the program's name in parentheses and may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
};

export const measure = async (serverPid: number, work: () => Promise<void>): Promise<Cost> => {
  const startMs = performance.now();
  const own = process.cpuUsage();
  const server = cpuSecondsOf(serverPid);
  await work();
  const used = process.cpuUsage(own);
  return {
    ownCpuSeconds: (used.user + used.system) / 1_000_000,
    serverCpuSeconds: cpuSecondsOf(serverPid) - server,
    wallSeconds: (performance.now() - startMs) / 1_000,
  };
};

export const spread = (values: readonly number[]): { min: number; median: number; max: number } => {
  const sorted = values.toSorted((left, right) => left - right);
  const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
  return { min: at(0), median: at(0.5), max: at(1) };
};
