/**
 * What the loader needs of anything that rows are pulled from: parts with a version, and batches of rows with the
 * position behind them. Files and objects, HTTP APIs and queries are all this. What becomes of rows is loader.ts.
 */
import type { ErrorCode } from '@millrace/contracts';

/** JSON of a part's own making: a byte, a row, a cursor. Only the part that wrote it reads it. */
export type PartPosition = string | number | boolean | null | { readonly [name: string]: unknown };

/** How far one part of a source is on Kafka. Written in the transaction of the rows that it counts. */
export interface PartState {
  readonly version: string;
  /** Where reading goes on; absent before the first batch. */
  readonly at?: PartPosition;
  /** Rows behind `at`, all of them: accepted, rejected and skipped. */
  readonly rows: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly skipped: number;
  /** Nothing more comes of this version. */
  readonly done: boolean;
  /** Why reading ended before the end; a part that failed is tried again when the source starts anew. */
  readonly failed?: { readonly code: ErrorCode; readonly message: string };
  /** What the place noted to tell cheaply whether the part has changed. */
  readonly memo?: string;
}

export type PartStates = ReadonlyMap<string, PartState>;

/** Rows in order. */
export interface RowBatch {
  /** Objects by column; undefined where `faults` tells why there is none. */
  readonly values: readonly unknown[];
  readonly faults: ReadonlyMap<number, RowFault>;
  /** Line of each row, from 1, of formats that have lines. */
  readonly lines?: readonly number[];
  /** Behind the last row of the batch. */
  readonly at: PartPosition;
  /** Bytes read for it, for progress. */
  readonly bytes: number;
  /** The next batch may be long in coming: commit what there is. */
  readonly flush?: boolean;
}

/** Why a row could not be read. */
export interface RowFault {
  readonly code: ErrorCode;
  readonly message: string;
  /** From 1, where the fault has one. */
  readonly column?: number;
  /** The row as it stands, cut to a bound. */
  readonly text?: string;
}

/** One thing of a source that has an end or goes on for ever: a file, an object, a feed. */
export interface SourcePart {
  /** Unique in the source and stable, e.g. a path. With version and row it makes the ids of rows without one. */
  readonly name: string;
  /** As a person named it, where that is not `name`; for messages. */
  readonly title?: string;
  /** Changes when the content does: rows of another version are other rows. */
  readonly version: string;
  /** For progress; absent when nobody knows. */
  readonly bytes?: number;
  readonly memo?: string;
  /**
   * Rows from the beginning, or from behind a batch whose `at` is given. Rejects with `ingest.part-*` (this part
   * is broken, others may be read) or `ingest.place-*` (the place is; nothing of it can be read).
   */
  read(from: PartPosition | undefined, signal: AbortSignal): AsyncIterable<RowBatch>;
}

export interface PullSource {
  /**
   * The parts that are not done: those without a state, with another version, or unfinished. Called again after
   * each pause of a source that is followed.
   */
  parts(states: PartStates, signal: AbortSignal): AsyncIterable<SourcePart>;
  /** Rows of this source are text: their values take the contract's types. */
  isText(part: SourcePart): boolean;
  /** Resolves when something may have changed, at the latest after the source's own interval. */
  changed(signal: AbortSignal): Promise<void>;
  /** Somebody told that something changed: `changed` resolves at once. */
  nudge(): void;
  close(): Promise<void>;
}
