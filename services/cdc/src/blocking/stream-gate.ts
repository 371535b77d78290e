/**
 * Stops the stream in front of a transaction: what commits at or behind an LSN waits until the gate is opened or
 * moved. Transactions come in the order of their commits, so all that commits before it has passed then.
 */
import { commitLsnOf } from '@millrace/pgoutput';

export interface StreamGate {
  /** A message of the stream, valid until the call returns; it passes, or waits behind the gate. */
  message(payload: Buffer, lsn: number): void;
  /** A transaction waits in front of the closed gate. */
  readonly isReached: boolean;
  /** From now on nothing passes that commits at `lsn` or behind it; what waits and commits before it goes on. */
  closeAt(lsn: bigint): void;
  /** Resolves when a transaction waits in front of the closed gate. */
  reached(): Promise<void>;
  open(): void;
}

export interface GateOptions {
  pass(payload: Buffer, lsn: number): void;
  /** The source is to be read no further (true), or goes on. */
  holding(hold: boolean): void;
  failed(error: unknown): void;
}

export const createStreamGate = ({ failed, holding, pass }: GateOptions): StreamGate => {
  const waiting: { readonly payload: Buffer; readonly lsn: number }[] = [];
  let closedAt: bigint | undefined;
  let arrived: (() => void) | undefined;

  const isStopped = (payload: Buffer): boolean => {
    if (closedAt === undefined) return false;
    const commitLsn = commitLsnOf(payload);
    return commitLsn !== undefined && commitLsn >= closedAt;
  };
  const move = (lsn: bigint | undefined): void => {
    closedAt = lsn;
    if (waiting.length === 0) return;
    try {
      for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
        if (isStopped(next.payload)) return;
        waiting.shift();
        pass(next.payload, next.lsn);
      }
      holding(false);
    } catch (error) {
      failed(error);
    }
  };
  return {
    message: (payload, lsn) => {
      if (waiting.length === 0 && !isStopped(payload)) {
        pass(payload, lsn);
        return;
      }
      // the driver uses its buffer again: what waits is copied
      waiting.push({ payload: Buffer.from(payload), lsn });
      holding(true);
      arrived?.();
    },
    get isReached() {
      return waiting.length > 0;
    },
    closeAt: move,
    open: () => move(undefined),
    reached: () =>
      waiting.length > 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            arrived = resolve;
          }),
  };
};
