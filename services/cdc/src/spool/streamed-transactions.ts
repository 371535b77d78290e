/**
 * The transactions that PostgreSQL sends before they commit: each is kept on disk until it is known what becomes of
 * it, so neither side holds a large one in memory. What a dead session left is sent again by the server and removed
 * here.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { MillraceError } from '@millrace/contracts';
import { readStreamControl, type StreamControl, transactionIdOf } from '@millrace/pgoutput';
import { createTransactionSpool, type TransactionSpool } from './transaction-spool.ts';

/** The one message of a block that names no transaction. */
const ORIGIN = 0x4f;

export type StreamCommit = Extract<StreamControl, { readonly kind: 'commit' }>;

export interface StreamedTransactions {
  /**
   * Takes a message that belongs to an open transaction; false for one that does not. Throws `cdc.spool-failed`,
   * `cdc.spool-full`, `pgoutput.message-truncated`.
   */
  take(message: Buffer, lsn: number): boolean;
  readonly byteCount: number;
  /** Removes everything. */
  close(): void;
}

export interface StreamedOptions {
  /** Of this source alone; emptied at the start. */
  readonly directory: string;
  readonly bytesMax: number;
  /** The transaction committed; the receiver reads the spool and removes it. */
  committed(commit: StreamCommit, spool: TransactionSpool): void;
}

export const createStreamedTransactions = (options: StreamedOptions): StreamedTransactions => {
  const { bytesMax, directory } = options;
  const spools = new Map<number, TransactionSpool>();
  let current: TransactionSpool | undefined;
  let isEmptied = false;

  /** Nothing touches the disk before the first large transaction comes. */
  const open = (transactionId: number): TransactionSpool => {
    const existing = spools.get(transactionId);
    if (existing !== undefined) return existing;
    if (!isEmptied) {
      rmSync(directory, { recursive: true, force: true });
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      isEmptied = true;
    }
    const spool = createTransactionSpool(join(directory, `${transactionId}.spool`));
    spools.set(transactionId, spool);
    return spool;
  };
  const byteCount = (): number =>
    [...spools.values()].reduce((sum, spool) => sum + spool.byteCount, 0);

  const obey = (control: StreamControl): void => {
    switch (control.kind) {
      case 'start':
        current = open(control.transactionId);
        return;
      case 'stop':
        current = undefined;
        if (byteCount() > bytesMax) {
          throw new MillraceError(
            'cdc.spool-full',
            `open transactions take ${byteCount()} bytes on disk; ${bytesMax} are allowed`,
          );
        }
        return;
      case 'commit': {
        const spool = open(control.transactionId);
        spools.delete(control.transactionId);
        options.committed(control, spool);
        return;
      }
      case 'abort': {
        const { subtransactionId, transactionId } = control;
        const spool = spools.get(transactionId);
        if (subtransactionId !== transactionId) {
          spool?.cutOff(subtransactionId);
          return;
        }
        spool?.remove();
        spools.delete(transactionId);
        return;
      }
    }
  };

  return {
    take: (message, lsn) => {
      const control = readStreamControl(message);
      if (control !== undefined) {
        obey(control);
        return true;
      }
      if (current === undefined) return false;
      if (message[0] === ORIGIN) current.appendWhole(message, lsn);
      else current.append(message, lsn, transactionIdOf(message));
      return true;
    },
    get byteCount() {
      return byteCount();
    },
    close: () => {
      for (const spool of spools.values()) spool.remove();
      spools.clear();
      if (isEmptied) rmSync(directory, { recursive: true, force: true });
    },
  };
};
