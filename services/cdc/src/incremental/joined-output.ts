/** Several steps that are to be written together or not at all: none of them may end the batch before the last one. */
import type { StreamOutput } from './incremental-snapshot.ts';

export interface JoinedOutput extends StreamOutput {
  /** What `work` adds goes into one batch. Not nested. */
  together(work: () => void): void;
}

export const createJoinedOutput = (output: StreamOutput): JoinedOutput => {
  let isJoining = false;
  let hasAdded = false;
  return {
    get open() {
      return output.open;
    },
    added: () => {
      if (isJoining) hasAdded = true;
      else output.added();
    },
    together: (work) => {
      isJoining = true;
      try {
        work();
      } finally {
        isJoining = false;
        if (hasAdded) output.added();
        hasAdded = false;
      }
    },
  };
};
