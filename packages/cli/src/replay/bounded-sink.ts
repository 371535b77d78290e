/**
 * The ordinary sink as a process that ends by itself: it lands given ranges of one topic under a group and an
 * epoch of its own. How it gets each row there once is the sink's own protocol; here it is started, watched
 * and waited for.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { MillraceError } from '@millrace/contracts';
import type { Admin } from '@millrace/kafka';
import { systemClock } from '@millrace/pipeline';
import { serviceNodeFlags } from '@millrace/runtime';
import { guardProcess } from '@millrace/stack';
import { type Replay, replayGroup } from './replay-store.ts';

export interface SinkRun {
  readonly replay: Replay;
  /** Behind the name of the table; empty: the contract's own table. */
  readonly tableSuffix: string;
}

export interface Progress {
  /** Offsets behind the group, of those in the ranges. */
  readonly done: number;
  readonly total: number;
}

const WATCH_EVERY_MS = 500;
/** So that a run after a kill does not wait long for the broker to give the last one up. */
const SESSION_TIMEOUT = '6s';

/** Rejects with `replay.sink-failed` when the process ends before everything has landed. */
export async function runBoundedSink(
  run: SinkRun,
  admin: Pick<Admin, 'committedOffsets'>,
  onProgress: (progress: Progress) => void,
): Promise<void> {
  const { replay } = run;
  const main = fileURLToPath(new URL('../../../../services/sink/src/main.ts', import.meta.url));
  const child = spawn(process.execPath, [...serviceNodeFlags, main], {
    env: { ...process.env, ...settingsOf(run) },
    // its warnings are the person's to read; standard output is the command's own
    stdio: ['ignore', process.stderr, process.stderr],
  });
  const guard = child.pid === undefined ? undefined : guardProcess(child.pid, 'SIGTERM');
  let code: number | null | undefined;
  const exited = new Promise<void>((resolve) => {
    child.once('exit', (exitCode) => {
      code = exitCode;
      resolve();
    });
    child.once('error', () => {
      code = null;
      resolve();
    });
  });
  while (code === undefined) {
    await Promise.race([exited, systemClock.sleep(WATCH_EVERY_MS)]);
    onProgress(
      progressOf(replay, await admin.committedOffsets(replayGroup(replay.id), [replay.topic])),
    );
  }
  guard?.release();
  if (code === 0) return;
  throw new MillraceError(
    'replay.sink-failed',
    `the sink of replay ${replay.id} ended with ${code ?? 'a signal'}; \`millrace replay resume ${replay.id}\` goes on`,
  );
}

const settingsOf = ({ replay, tableSuffix }: SinkRun): Readonly<Record<string, string>> => ({
  MILLRACE_SINK_ADMIN_PORT: '0',
  MILLRACE_LOG_LEVEL: 'warn',
  MILLRACE_SINK_SESSION_TIMEOUT: SESSION_TIMEOUT,
  MILLRACE_SINK_GROUP: replayGroup(replay.id),
  MILLRACE_SINK_EPOCH: replay.id,
  MILLRACE_SINK_TABLE_SUFFIX: tableSuffix,
  MILLRACE_SINK_UNTIL: replay.ranges
    .map(({ partition, end }) => `${replay.topic}/${partition}:${end}`)
    .join(','),
});

function progressOf(
  { ranges }: Replay,
  committed: readonly { readonly partition: number; readonly offset: number }[],
): Progress {
  let done = 0;
  let total = 0;
  for (const { partition, from, end } of ranges) {
    const at = committed.find((one) => one.partition === partition)?.offset ?? from;
    total += end - from;
    done += Math.max(0, Math.min(at, end) - from);
  }
  return { done, total };
}
