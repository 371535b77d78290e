/** The source is read only while nothing holds it: who wants to stop the reading, and what waits until all let go. */
export interface Hold {
  /** The stream that is paused and resumed from now on. */
  attach(stream: { pause(): void; resume(): void }): void;
  set(holder: string, hold: boolean): void;
  /** Resolves, after other work had its turn, when `holder` does not hold. */
  freeOf(holder: string): Promise<void>;
}

export const createHold = (): Hold => {
  const holders = new Set<string>();
  const waiting: { readonly holder: string; readonly resolve: () => void }[] = [];
  let attached: Parameters<Hold['attach']>[0] | undefined;
  const wake = (holder: string): void => {
    for (const one of waiting.filter((waiter) => waiter.holder === holder)) {
      waiting.splice(waiting.indexOf(one), 1);
      one.resolve();
    }
  };
  return {
    attach: (stream) => {
      attached = stream;
      if (holders.size > 0) stream.pause();
    },
    set: (holder, hold) => {
      const before = holders.size;
      if (hold) holders.add(holder);
      else holders.delete(holder);
      if (before === 0 && holders.size > 0) attached?.pause();
      if (before > 0 && holders.size === 0) attached?.resume();
      if (!hold) wake(holder);
    },
    freeOf: (holder) =>
      holders.has(holder)
        ? new Promise((resolve) => waiting.push({ holder, resolve }))
        : new Promise((resolve) => setImmediate(resolve)),
  };
};
