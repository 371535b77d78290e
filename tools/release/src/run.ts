/** Runs a program to its end; what it prints is the answer. Throws with what it said when it fails. */
import { execFileSync } from 'node:child_process';

export const run = (command: string, args: readonly string[], cwd: string): string =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: 'pipe', maxBuffer: 1 << 28 }).trim();
