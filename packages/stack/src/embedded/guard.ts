/**
 * Ends a child when this process dies, however it dies. A guard is a detached `/bin/sh` (below 1 MB) that
 * blocks in `read` on a pipe from this process: end of file means that this process is gone, a line means
 * that the child is, so that a pid given out again is never hit. It survives a kill -9 of this process's
 * group, and unlike PR_SET_PDEATHSIG it works outside Linux.
 */
import { spawn } from 'node:child_process';

export interface Guard {
  /** The child has ended: from now on its pid may belong to another process. */
  release(): void;
}

/** How long a child may take to end in order before it is killed, in tenths of a second. */
const graceTenths = 150;

/** Guards a child that ends in order on `signal`; a suspended one is continued, so that it can. */
export function guardProcess(pid: number, signal: 'SIGTERM' | 'SIGINT'): Guard {
  const script = `read -r line; [ -n "$line" ] && exit
kill -${signal.slice(3)} ${pid} 2>/dev/null || exit
kill -CONT ${pid} 2>/dev/null
tenths=0
while kill -0 ${pid} 2>/dev/null; do
  sleep 0.1
  tenths=$((tenths + 1))
  [ $tenths -gt ${graceTenths} ] && kill -KILL ${pid}
done`;
  const shell = spawn('/bin/sh', ['-c', script], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  shell.unref();
  shell.stdin.on('error', () => undefined); // it may be gone already when it is told
  return { release: () => shell.stdin.end('done\n') };
}
