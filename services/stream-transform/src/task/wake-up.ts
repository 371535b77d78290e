/** A wait that ends early: a task waits for its next record, its next commit or its end, whichever is first. */
export interface WakeUp {
  /** Resolves at the next `ring`, or after `durationMs`. */
  wait(durationMs: number): Promise<void>;
  /** Ends the wait under way; a ring that nobody waits for is kept for the next wait. */
  ring(): void;
}

export const createWakeUp = (): WakeUp => {
  let isRung = false;
  let end: (() => void) | undefined;
  return {
    wait(durationMs) {
      if (isRung) {
        isRung = false;
        return Promise.resolve();
      }
      return new Promise((resolve) => {
        const timer = setTimeout(() => end?.(), durationMs);
        end = () => {
          clearTimeout(timer);
          end = undefined;
          resolve();
        };
      });
    },
    ring() {
      if (end === undefined) isRung = true;
      else end();
    },
  };
};
