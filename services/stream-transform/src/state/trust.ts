import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Whether a directory of state may be read again. LMDB runs without flushing, since the changelog is what
 * survives: after a crash of the process its pages are in the kernel's cache and whole, after a crash of
 * the machine some of them are on disk and some are not. So a small flushed file says since which start of
 * the machine pages were written without a flush, or that the last close flushed them all.
 */
export interface Trust {
  /** `open`: pages are written without a flush. `closed`: all are flushed. `suspect`: a read found damage. */
  readonly state: 'open' | 'closed' | 'suspect';
  readonly bootId: string | null;
}

const FILE = 'trust.json';

/** Why the directory must not be read, or undefined when it may. */
export const distrust = (directory: string): string | undefined => {
  let trust: Trust;
  try {
    trust = JSON.parse(readFileSync(join(directory, FILE), 'utf8'));
  } catch {
    return 'nothing says how it was left';
  }
  if (trust.state === 'closed') return undefined;
  if (trust.state === 'suspect') return 'damage was found while it was read';
  if (trust.bootId !== null && trust.bootId === bootId()) return undefined;
  return 'the machine stopped while it was written';
};

/** Flushed before it returns, and never half written. */
export const writeTrust = (directory: string, state: Trust['state']): void => {
  const draft = join(directory, `${FILE}.new`);
  const file = openSync(draft, 'w');
  try {
    const trust: Trust = { state, bootId: bootId() };
    writeSync(file, JSON.stringify(trust));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(draft, join(directory, FILE));
};

/** Of this start of the machine; null where the system does not tell, which trusts flushed state only. */
const bootId = (): string | null => {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return null;
  }
};
