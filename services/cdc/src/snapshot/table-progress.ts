/**
 * How far the snapshot of one table is, as it stands in the state log: written in the transaction that holds the
 * rows. What is read in ranges of blocks (the initial snapshot) remembers the ranges; what is read in key order
 * (incremental) remembers the last key.
 */
import { MillraceError, snapshotFactPrefix } from '@millrace/contracts';
import type { RowChoice } from './row-choice.ts';

export interface BlockRange {
  readonly fromBlock: number;
  /** Exclusive; null: to the end. */
  readonly toBlock: number | null;
}

/** The ranges of one heap that are written. */
export interface HeapProgress {
  readonly oid: number;
  readonly fileNode: number;
  readonly ranges: readonly BlockRange[];
}

/** What of a table the initial snapshot wrote before it was cut off. */
export interface BlocksDone {
  /** Row versions of older transactions were there when the ranges were read. */
  readonly xmin: string;
  readonly heaps: readonly HeapProgress[];
}

/** With the rows that were chosen. */
export interface TableProgress extends RowChoice {
  readonly schema: string;
  readonly table: string;
  readonly status: 'running' | 'done';
  readonly rows: number;
  readonly blocksDone?: BlocksDone;
  /** Text of the key columns of the last row written in key order. */
  readonly lastKey?: readonly string[];
  /** Names of the key columns that `lastKey` is of. */
  readonly keyNames?: readonly string[];
  /** A signal asked for it: another may stop it or take its place. */
  readonly asked?: boolean;
  /** Of that signal: notifications name it. */
  readonly signalId?: string;
  /** Consumers missed changes of the table, which this reading tells them (`schemas/incompatible-tables.ts`). */
  readonly mends?: boolean;
  /** It is read while the stream stands still. */
  readonly blocking?: boolean;
}

const VERSION = 1;

export const encodeProgress = (progress: TableProgress): Buffer =>
  Buffer.from(JSON.stringify({ version: VERSION, ...progress }));

const decodeProgress = (value: Buffer): TableProgress => {
  try {
    const { version, ...progress } = JSON.parse(value.toString('utf8'));
    if (version === VERSION && typeof progress.table === 'string') return progress;
  } catch (cause) {
    throw new MillraceError('cdc.position-invalid', 'a stored snapshot progress cannot be read', {
      cause,
    });
  }
  throw new MillraceError('cdc.position-invalid', 'a stored snapshot progress has another form');
};

/** The progress of every table, from the facts of the state log. Throws `cdc.position-invalid`. */
export const readProgress = (facts: ReadonlyMap<string, Buffer>): readonly TableProgress[] =>
  [...facts]
    .filter(([key]) => key.startsWith(snapshotFactPrefix))
    .map(([, value]) => decodeProgress(value));

/** Nothing of a snapshot is left to do. */
export const isSnapshotDone = (facts: ReadonlyMap<string, Buffer>): boolean =>
  readProgress(facts).every(({ status }) => status === 'done');

/** Sorted, and those that touch joined: as many as there are gaps. */
export const joinRanges = (ranges: readonly BlockRange[]): readonly BlockRange[] => {
  const joined: BlockRange[] = [];
  for (const range of [...ranges].sort((a, b) => a.fromBlock - b.fromBlock)) {
    const last = joined.at(-1);
    if (last !== undefined && last.toBlock === range.fromBlock) {
      joined[joined.length - 1] = { fromBlock: last.fromBlock, toBlock: range.toBlock };
    } else {
      joined.push(range);
    }
  }
  return joined;
};
