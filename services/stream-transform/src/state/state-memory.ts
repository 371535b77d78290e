/**
 * The memory that all states of a member share: tasks of every transform, and copies that stand by for others. One may
 * use what the others leave, and each has its even share for certain: who holds more gives it back when another asks.
 * It counts estimates of `memory-budget.ts`; what V8 and LMDB take on top is not its business.
 */
export interface StateMemory {
  /** A state takes its place; it is asked to `shrink` when another one wants what is its own. */
  join(user: MemoryUser): MemoryShare;
}

export interface MemoryUser {
  usedBytes(): number;
  /** Lets go of what lies beyond its share, as far as that is possible now. */
  shrink(): void;
}

export interface MemoryShare {
  /** What it may use now: its even share, or what the others leave when that is more. */
  readonly bytesMax: number;
  /** Of what nobody uses, as much as it may take before it asks again. */
  readonly roomBytes: number;
  /** It has grown: whoever has more than an even share gives back what is lacking. */
  grown(): void;
  leave(): void;
}

export const createStateMemory = (bytesMax: number): StateMemory => {
  const users = new Set<MemoryUser>();
  const used = (): number => {
    let sum = 0;
    for (const user of users) sum += user.usedBytes();
    return sum;
  };
  const evenShare = (): number => bytesMax / Math.max(1, users.size);
  let isGivingBack = false;

  const giveBack = (to: MemoryUser): void => {
    if (isGivingBack || used() <= bytesMax) return;
    isGivingBack = true;
    for (const user of users) {
      if (user !== to && user.usedBytes() > evenShare()) user.shrink();
    }
    isGivingBack = false;
  };

  return {
    join(user) {
      users.add(user);
      const limit = (): number => Math.max(evenShare(), bytesMax - (used() - user.usedBytes()));
      return {
        get bytesMax() {
          return limit();
        },
        // All may grow at the same time.
        get roomBytes() {
          return Math.max(0, (limit() - user.usedBytes()) / users.size);
        },
        grown: () => giveBack(user),
        leave: () => void users.delete(user),
      };
    },
  };
};
