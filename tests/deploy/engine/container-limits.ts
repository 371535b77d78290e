/**
 * Podman gives its containers a million open files, which a machine that is a container itself does not let it: then they get what this process
 * has.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PODMANS_OWN = 1_048_576;

/** What holds a container for podman lowers its own, and more than that is refused, too. */
const PROCESSES_MAX = 16_384;

const hardLimit = (name: string): number => {
  const limits = readFileSync('/proc/self/limits', 'utf8');
  const found = new RegExp(`^${name} +\\S+ +(\\d+)`, 'm').exec(limits);
  return found === null ? Number.POSITIVE_INFINITY : Number(found[1]);
};

/** How many files a process of this machine may open at most. */
export const openFilesLimit = (): number => hardLimit('Max open files');

/** The environment that podman is started with. */
export const podmanEnv = (): NodeJS.ProcessEnv => {
  const openFiles = openFilesLimit();
  if (openFiles >= PODMANS_OWN) return process.env;
  const processes = Math.min(hardLimit('Max processes'), PROCESSES_MAX);
  const file = join(tmpdir(), `millrace-containers-${openFiles}.conf`);
  const limits = [`nofile=${openFiles}:${openFiles}`, `nproc=${processes}:${processes}`];
  writeFileSync(file, `[containers]\ndefault_ulimits = ${JSON.stringify(limits)}\n`);
  return { ...process.env, CONTAINERS_CONF: file };
};
