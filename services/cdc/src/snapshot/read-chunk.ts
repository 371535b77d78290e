/**
 * Reads one chunk of a table in the snapshot and writes its rows into the round. The socket is read no further
 * while the round has a full batch on its way.
 */
import type { Tuple } from '@millrace/pgoutput';
import type { ChangeContext } from '../envelope/source-block.ts';
import type { CdcMetrics } from '../metrics.ts';
import type { CopyOut } from '../source/copy-out.ts';
import type { EncodeChange } from '../steps/encode-change.ts';
import { binaryCopyStatement, createBinaryCopyReader } from './binary-copy.ts';
import { chunkCondition } from './chunks.ts';
import type { RoundWriter } from './round-writer.ts';
import { placeOf, rowsOf } from './row-choice.ts';
import { type ChunkWork, snapshotMarker } from './snapshot-plan.ts';

export interface ChunkReading {
  readonly encodeChange: EncodeChange;
  readonly metrics: CdcMetrics;
  readonly context: ChangeContext;
  /** Of all rows of the snapshot: below every change that the stream brings. */
  readonly lsn: number;
}

/** True until the first row of the snapshot is written. */
export interface SnapshotOpening {
  isOpen: boolean;
}

/** The last row of a table is known only when the copy ends: it is kept as a copy until then. */
const copyOf = (bytes: Buffer, start: number, end: number): Buffer =>
  Buffer.from(bytes.subarray(start, end));

const fromClause = ({ chunk, work: { choice } }: ChunkWork): string => {
  const place = placeOf(`only ${chunk.heap.name}`, choice);
  const range = choice.statement === undefined ? chunkCondition(chunk) : undefined;
  return rowsOf(place, [range, choice.condition]);
};

export const readChunk = async (
  chunkWork: ChunkWork,
  copyOut: CopyOut,
  writer: RoundWriter,
  opening: SnapshotOpening,
  { context, encodeChange, lsn, metrics }: ChunkReading,
): Promise<void> => {
  const { closesTable, work } = chunkWork;
  const { shape } = work.table;
  const reader = createBinaryCopyReader(shape);
  let flushing: Promise<void> | undefined;
  let flushError: unknown;

  const write = (row: Tuple, raw: Buffer, isLast: boolean): void => {
    const place = {
      opensSnapshot: opening.isOpen,
      opensTable: work.rows === 0,
      closesTable: isLast,
    };
    const marker = snapshotMarker(place, work.isLastTable);
    opening.isOpen = false;
    work.rows++;
    const source = { context, marker, lsn };
    const change = { op: 'r', oldKind: undefined, old: undefined, row, raw, source } as const;
    metrics.changed('r', encodeChange(work.table, change, writer.open));
  };

  const relieve = (): void => {
    if (!writer.isFull || flushing !== undefined) return;
    copyOut.pause();
    flushing = writer
      .flush()
      .catch((error: unknown) => {
        flushError = error;
      })
      .finally(() => {
        flushing = undefined;
        copyOut.resume();
      });
  };

  let held: Buffer | undefined;
  const readHeld = (isLast: boolean): void => {
    if (held === undefined) return;
    const row = reader.read(held, 0, held.length);
    if (row !== undefined) write(row, held, isLast);
  };
  const onRow = (bytes: Buffer, start: number, end: number): void => {
    if (flushError !== undefined) throw flushError;
    if (closesTable) {
      const isTrailer = held !== undefined && end - start === 2;
      readHeld(isTrailer);
      held = isTrailer ? undefined : copyOf(bytes, start, end);
    } else {
      const row = reader.read(bytes, start, end);
      if (row !== undefined) write(row, bytes.subarray(start, end), false);
    }
    relieve();
  };
  await copyOut.run(binaryCopyStatement(shape, fromClause(chunkWork)), onRow);
  await flushing;
  if (flushError !== undefined) throw flushError;
};
