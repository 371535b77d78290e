/** What processes cost, read from the kernel: CPU seconds and peak resident memory (Linux). */
import { readdirSync, readFileSync } from 'node:fs';

const CLOCK_TICKS_PER_SECOND = 100;

/** The fields behind the command's name; empty when the process is gone. */
const statOf = (pid: number): readonly string[] => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
};

const ticks = (fields: readonly string[], from: number, to: number): number =>
  fields.slice(from, to).reduce((sum, field) => sum + Number(field), 0);

/** User and system CPU seconds of a process. */
export const cpuSeconds = (pid: number): number =>
  ticks(statOf(pid), 11, 13) / CLOCK_TICKS_PER_SECOND;

/** The same with all its children, ended ones included: PostgreSQL is one process per session. */
export const cpuSecondsOfTree = (pid: number): number => {
  const children = readdirSync('/proc').filter(
    (name) => /^\d+$/.test(name) && statOf(Number(name))[1] === String(pid),
  );
  return (
    ticks(statOf(pid), 11, 15) / CLOCK_TICKS_PER_SECOND +
    children.reduce((sum, child) => sum + cpuSeconds(Number(child)), 0)
  );
};

/** CPU seconds that the whole machine has spent working. */
export const cpuSecondsOfMachine = (): number => {
  const fields = (readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '').trim().split(/\s+/);
  return (
    ticks(fields, 1, 4) / CLOCK_TICKS_PER_SECOND + ticks(fields, 6, 9) / CLOCK_TICKS_PER_SECOND
  );
};

/** Peak resident memory, MB. */
export const peakMemoryMb = (pid: number): number =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
