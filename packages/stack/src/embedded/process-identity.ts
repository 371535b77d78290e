/**
 * Which process is meant: a pid together with its time of birth, since the system gives pids out again.
 * Does not start or end anything.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque; equal for as long as it is the same process. */
  readonly born: string;
}

const hasProcfs = existsSync('/proc/self/stat');

/** The fields of /proc/<pid>/stat from the third on (proc_pid_stat(5)); the second may hold blanks. */
function statFields(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

function psField(field: string, pid: number): string | undefined {
  try {
    const text = execFileSync('ps', ['-o', `${field}=`, '-p', String(pid)], { encoding: 'utf8' });
    return text.trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Identity of a running process; undefined when there is none or only its zombie is left. */
export function identify(pid: number): ProcessIdentity | undefined {
  if (!hasProcfs) {
    const born = psField('lstart', pid);
    return born === undefined ? undefined : { pid, born };
  }
  const fields = statFields(pid);
  const [state, born] = [fields?.[0], fields?.[19]];
  return born === undefined || state === 'Z' ? undefined : { pid, born };
}

/** True while that very process runs; false for another one that got its pid. */
export function isAlive(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.born === identity.born;
}

/** Resident memory in bytes, undefined when the process is gone. */
export function residentBytes(pid: number): number | undefined {
  if (!hasProcfs) {
    const kibibytes = Number(psField('rss', pid));
    return Number.isFinite(kibibytes) ? kibibytes * 1024 : undefined;
  }
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const kibibytes = /^VmRSS:\s+(\d+) kB/m.exec(status)?.[1];
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
  } catch {
    return undefined;
  }
}

function parents(): Map<number, number> {
  if (!hasProcfs) {
    const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).split('\n');
    return new Map(lines.map((line) => line.trim().split(/\s+/).map(Number) as [number, number]));
  }
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  return new Map(pids.map((pid) => [pid, Number(statFields(pid)?.[1] ?? 0)]));
}

/** The process and everything below it, e.g. PostgreSQL's backends, which are not of its process group. */
export function processTree(pid: number): ProcessIdentity[] {
  const parentOf = parents();
  const found = new Set([pid]);
  for (let grown = true; grown; ) {
    const before = found.size;
    for (const [child, parent] of parentOf) if (found.has(parent)) found.add(child);
    grown = found.size > before;
  }
  return [...found].map(identify).filter((identity) => identity !== undefined);
}
