/**
 * Pulled rows wait while the stream they go to is stopped or in quarantine: where they come from keeps them, so nothing is
 * set aside. What shuts a stream is packages/gate; what the door does with events that are sent is steps/check-gate.ts.
 */
import type { StreamGate } from '@millrace/contracts';
import { type FollowGatesOptions, followGates } from '@millrace/gate';

export interface PullGates {
  /**
   * Resolves at once while the stream takes rows, else as soon as it does; rejects when the signal aborts.
   * @param waiting told once, before the wait, why
   */
  opened(contract: string, signal: AbortSignal, waiting: (why: StreamGate) => void): Promise<void>;
}

/** Follows the gates until the signal aborts. */
export const openPullGates = (options: Omit<FollowGatesOptions, 'changed'>): PullGates => {
  const listeners = new Set<() => void>();
  const gates = followGates({
    ...options,
    changed: () => {
      for (const look of listeners) look();
    },
  });
  const shutOf = (contract: string): StreamGate | undefined => {
    const gate = gates.gateOf(contract);
    return gate === undefined || gate.state === 'open' ? undefined : gate;
  };
  return {
    opened: async (contract, signal, waiting) => {
      await gates.known;
      const shut = shutOf(contract);
      if (shut === undefined) return;
      waiting(shut);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const look = () => {
        if (shutOf(contract) === undefined) resolve();
      };
      const stop = () => reject(signal.reason);
      listeners.add(look);
      signal.addEventListener('abort', stop);
      try {
        if (signal.aborted) stop();
        look();
        await promise;
      } finally {
        listeners.delete(look);
        signal.removeEventListener('abort', stop);
      }
    },
  };
};

/** `id is stopped since …: reason`, for a person. */
export const shutText = (contract: string, { state, atMs, reason }: StreamGate): string =>
  `${contract} is ${state === 'stopped' ? 'stopped' : 'in quarantine'} since ${new Date(atMs).toISOString()}: ${reason}`;
