import { readdirSync, readFileSync } from 'node:fs';

/**
 * Finds processes that outlive the tests that started them. Every part runs with a marker in its
 * environment, which children inherit even when they detach or their parent is killed, so the marker
 * names the guilty where process groups and parent ids no longer do. Linux only: it reads /proc.
 */
export const markerVariable = 'MILLRACE_CHECK_MARKER';

export interface Leftover {
  readonly pid: number;
  /** The command line, or the name when the process has hidden it. */
  readonly command: string;
}

const text = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // Gone between the listing and the reading, or another user's.
    return undefined;
  }
};

/** A zombie runs nothing any more: its parent has yet to collect its exit code. */
const isZombie = (pid: number): boolean =>
  text(`/proc/${pid}/stat`)
    ?.replace(/^.*\) /s, '')
    .startsWith('Z') ?? true;

/** Living processes that carry `marker`, except this one. Empty where there is no /proc. */
export function findLeftovers(marker: string): Leftover[] {
  if (process.platform !== 'linux') return [];
  const entry = `${markerVariable}=${marker}`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid)
    .filter((pid) => text(`/proc/${pid}/environ`)?.split('\0').includes(entry) && !isZombie(pid))
    .map((pid) => ({ pid, command: describe(pid) }));
}

function describe(pid: number): string {
  const command = text(`/proc/${pid}/cmdline`)
    ?.replaceAll(/[\0\s]+/g, ' ')
    .trim();
  return (command || text(`/proc/${pid}/comm`)?.trim() || '?').slice(0, 160);
}

/**
 * Waits up to `graceMs` for the marked processes to end by themselves; those that do not are returned,
 * after SIGKILL, so that a failed run leaves the machine as it found it.
 */
export async function endLeftovers(marker: string, graceMs: number): Promise<Leftover[]> {
  const deadlineMs = Date.now() + graceMs;
  let found = findLeftovers(marker);
  while (found.length > 0 && Date.now() < deadlineMs) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    found = findLeftovers(marker);
  }
  for (const { pid } of found) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended in the meantime.
    }
  }
  return found;
}
