/** Counts what a loader does: for progress, the summary and metrics. It prints nothing. */
import type { OpenCommit } from './commit.ts';
import type { PartState, RowBatch, SourcePart } from './pull-source.ts';
import type { RejectedRow } from './reject-row.ts';
import type { TakenRows } from './take-rows.ts';

/** A row that was refused, for the summary. */
export interface RefusedRow {
  /** As a person named it. */
  readonly part: string;
  readonly row: number;
  readonly line?: number;
  readonly code: string;
  readonly message: string;
}

export interface LoadCounts {
  /** Rows read, of which the others are parts. */
  readonly read: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly skipped: number;
  /** Transactions. */
  readonly committed: number;
  /** As read from the place. */
  readonly bytes: number;
  readonly parts: number;
  /** Parts that cannot be read on. */
  readonly failed: readonly {
    readonly part: string;
    readonly code: string;
    readonly message: string;
  }[];
  /** Rows that an earlier run had loaded. */
  readonly resumedAfter: number;
  /** The first few. */
  readonly refused: readonly RefusedRow[];
  readonly rejectedByCode: Readonly<Record<string, number>>;
}

export interface LoadTally {
  begin(part: SourcePart, state: PartState): void;
  read(part: SourcePart, batch: RowBatch, taken: TakenRows): void;
  refused(part: SourcePart, row: RejectedRow): void;
  committed(part: string, commit: OpenCommit): void;
  end(part: SourcePart, state: PartState): void;
  counts(): LoadCounts;
}

const refusedMax = 10;

/** @param observe told of everything, after it was counted */
export const createLoadTally = (observe: Partial<LoadTally> = {}): LoadTally => {
  let [read, accepted, rejected, skipped, bytes, parts, resumedAfter] = [0, 0, 0, 0, 0, 0, 0];
  let committed = 0;
  const failed: { part: string; code: string; message: string }[] = [];
  const refused: RefusedRow[] = [];
  const rejectedByCode: Record<string, number> = {};
  return {
    begin: (part, state) => {
      resumedAfter += state.rows;
      observe.begin?.(part, state);
    },
    read: (part, batch, taken) => {
      read += batch.values.length;
      bytes += batch.bytes;
      accepted += taken.accepted;
      rejected += taken.rejected;
      skipped += taken.skipped;
      observe.read?.(part, batch, taken);
    },
    refused: (part, row) => {
      const { code, message, line } = row;
      rejectedByCode[code] = (rejectedByCode[code] ?? 0) + 1;
      if (refused.length < refusedMax)
        refused.push({
          part: part.title ?? part.name,
          row: row.row,
          code,
          message,
          ...(line === undefined ? {} : { line }),
        });
      observe.refused?.(part, row);
    },
    committed: (part, commit) => {
      committed += 1;
      observe.committed?.(part, commit);
    },
    end: (part, state) => {
      parts += 1;
      if (state.failed !== undefined)
        failed.push({ part: part.title ?? part.name, ...state.failed });
      observe.end?.(part, state);
    },
    counts: () => ({
      ...{ read, accepted, rejected, skipped, bytes, parts, resumedAfter, committed },
      failed: [...failed],
      refused: [...refused],
      rejectedByCode: { ...rejectedByCode },
    }),
  };
};
