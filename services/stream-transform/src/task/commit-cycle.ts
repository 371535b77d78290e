import { MillraceError } from '@millrace/contracts';
import type { ProducedBatch } from '@millrace/kafka';
import type { Clock } from '@millrace/pipeline';
import type { Commit, TaskCommitter } from './task-committer.ts';

/**
 * When a task commits: an interval after the first record since the last commit, or when much has come together.
 * One commit is under way at most; the next is filled meanwhile.
 */
export interface CommitCycle {
  /** Something was processed. */
  touched(): void;
  /** @param isFull the commit is not put off, even while another is under way */
  isDue(isFull: boolean): boolean;
  /** How long until a commit is due, ms; undefined while there is nothing to commit. */
  dueInMs(): number | undefined;
  /** Sends a commit; the one before has ended by then. `done` is told where its records stand. */
  begin(commit: Commit, done: (produced: readonly ProducedBatch[]) => void): void;
  /** Resolves when the commit under way has ended, well or badly. */
  settled(): Promise<void>;
  /** The last commit failed, and nobody has asked why yet. */
  hasFailed(): boolean;
  /** Why a commit failed, until it is asked for. */
  takeFailure(): MillraceError | undefined;
  /** Forgets what was processed: it is thrown away. */
  reset(): void;
}

export interface CommitCycleOptions {
  readonly committer: TaskCommitter;
  readonly intervalMs: number;
  readonly clock: Clock;
  /** A commit has ended, well or badly. */
  ended(commit: Commit, durationMs: number, failure: MillraceError | undefined): void;
}

export const createCommitCycle = (options: CommitCycleOptions): CommitCycle => {
  const { committer, intervalMs, clock, ended } = options;
  let sinceMs: number | undefined;
  let underWay: Promise<void> | undefined;
  let failure: MillraceError | undefined;

  return {
    touched() {
      sinceMs ??= clock.nowMs();
    },
    isDue(isFull) {
      if (isFull) return true;
      if (sinceMs === undefined || underWay !== undefined) return false;
      return clock.nowMs() - sinceMs >= intervalMs;
    },
    dueInMs: () =>
      sinceMs === undefined ? undefined : Math.max(0, sinceMs + intervalMs - clock.nowMs()),
    begin(commit, done) {
      sinceMs = undefined;
      const startedMs = clock.nowMs();
      underWay = committer
        .commit(commit)
        .then(done)
        .catch((error: unknown) => {
          if (!(error instanceof MillraceError)) throw error;
          failure = error;
        })
        .then(() => {
          underWay = undefined;
          ended(commit, clock.nowMs() - startedMs, failure);
        });
    },
    settled: async () => {
      await underWay;
    },
    hasFailed: () => failure !== undefined,
    takeFailure() {
      const taken = failure;
      failure = undefined;
      return taken;
    },
    reset() {
      sinceMs = undefined;
    },
  };
};
