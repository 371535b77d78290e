import { readFileSync } from 'node:fs';

/** CPU microseconds of this process per thing done, and how long it took. */
export interface Cost {
  readonly 'CPU-us each': number;
  readonly seconds: number;
}

export const costOf = async (count: number, work: () => unknown): Promise<Cost> => {
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return {
    'CPU-us each': Number(((user + system) / count).toFixed(3)),
    seconds: Number(((performance.now() - startMs) / 1_000).toFixed(2)),
  };
};

/** Resident memory of this process, megabytes: what is its own, and what is mapped from files. Linux only. */
export const residentMegabytes = () => {
  const status = readFileSync('/proc/self/status', 'utf8');
  const of = (name: string) =>
    Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1_024);
  return {
    RSS: of('VmRSS'),
    anonymous: of('RssAnon'),
    'mapped file': of('RssFile'),
    peak: of('VmHWM'),
  };
};
