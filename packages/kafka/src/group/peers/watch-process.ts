import { systemClock } from '@millrace/pipeline';
import { type Ending, listenTo } from './listen-to.ts';
import type { PeerAddress } from './peer.ts';

/**
 * Holds a connection to another process, and tells when that process is dead for sure: it was seen alive, the
 * connection broke, and whoever is asked at its address then refuses the connection or is another process. Whatever
 * says less (silence of a suspended process, a host that cannot be reached, an address at which it was never seen)
 * says nothing: the session of its members decides, and it is asked again.
 */
export interface ProcessWatch {
  /** Whether it is seen alive now. */
  isSeen(): boolean;
  /** Resolves when it is dead for sure; never when it is not. */
  readonly dead: Promise<void>;
  close(): void;
}

/** Between tries: the first at once, as a kernel that clears away a process is about to refuse. */
const PAUSES_MS = [0, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000] as const;
/** A connection that lasted so long was a good one. */
const GOOD_MS = 1_000;

/** @param heard what the process tells, a line at a time */
export const watchProcess = (peer: PeerAddress, heard: (line: string) => void): ProcessWatch => {
  const closing = new AbortController();
  const { signal } = closing;
  let wasSeen = false;
  let isSeen = false;

  const listen = async (): Promise<Ending> => {
    const seen = () => {
      wasSeen = true;
      isSeen = true;
    };
    const ending = await listenTo(peer, { seen, heard }, signal);
    isSeen = false;
    return ending;
  };

  const untilDead = async (): Promise<void> => {
    let tries = 0;
    while (!signal.aborted) {
      const pauseMs = PAUSES_MS[Math.min(tries, PAUSES_MS.length - 1)]!;
      if (pauseMs > 0) await systemClock.sleep(pauseMs, signal).catch(() => undefined);
      const fromMs = performance.now();
      const ending = await listen();
      if (signal.aborted) break;
      if (wasSeen && ending !== 'broken') return;
      tries = performance.now() - fromMs > GOOD_MS ? 0 : tries + 1;
    }
    return new Promise(() => undefined);
  };

  return { isSeen: () => isSeen, dead: untilDead(), close: () => closing.abort() };
};
