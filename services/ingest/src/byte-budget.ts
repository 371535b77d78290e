/** A bound on bytes held at once; whoever cannot take is turned away at the door, not queued. */
export interface ByteBudget {
  /** False: nothing was taken. */
  take(bytes: number): boolean;
  give(bytes: number): void;
  used(): number;
}

export const createByteBudget = (bytesMax: number): ByteBudget => {
  let used = 0;
  return {
    take: (bytes) => {
      // One request alone is always let in, else a bound below the largest body would refuse it for ever.
      if (used > 0 && used + bytes > bytesMax) return false;
      used += bytes;
      return true;
    },
    give: (bytes) => {
      used -= bytes;
    },
    used: () => used,
  };
};
