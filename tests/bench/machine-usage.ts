/** What the whole machine has worked, read from the kernel (Linux). */
import { readFileSync } from 'node:fs';

const CLOCK_TICKS_PER_SECOND = 100;

/** CPU seconds of all processes and of the kernel for them; idle and waiting not counted. */
export const cpuSecondsOfMachine = (): number => {
  const fields = (readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '').trim().split(/\s+/);
  const worked = [...fields.slice(1, 4), ...fields.slice(6, 9)];
  return worked.reduce((sum, ticks) => sum + Number(ticks), 0) / CLOCK_TICKS_PER_SECOND;
};
