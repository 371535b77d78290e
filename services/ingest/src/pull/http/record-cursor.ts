/**
 * How far an incremental source has come: the largest cursor, and which records stand within the overlap behind it, so
 * that those which the next round brings again are told from those that are new.
 */
import { createHash } from 'node:crypto';
import { MillraceError } from '@millrace/contracts';
import type { CursorDeclaration } from './http-declaration.ts';

/** A cursor as the API writes it. */
export type CursorValue = string | number;

/** A record within the overlap: its cursor and a digest of all of it. */
export type SeenRecord = readonly [CursorValue, string];

export interface CursorState {
  /** Undefined before the first record. */
  readonly max?: CursorValue;
  readonly seen: readonly SeenRecord[];
}

/** More would make every transaction carry a megabyte of position. */
const seenMax = 20_000;

const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** The overlap in the cursor's own unit: milliseconds for times. */
const overlapOf = (overlap: CursorDeclaration['overlap']): number => {
  if (typeof overlap === 'number') return overlap;
  const [, digits, unit] = /^(\d+)(ms|s|m|h|d)$/.exec(overlap)!;
  return Number(digits) * units[unit as keyof typeof units];
};

/** Numbers as they are, times as milliseconds; throws for what is neither. */
export const orderOf = (value: unknown): number => {
  const order =
    typeof value === 'number' ? value : typeof value === 'string' ? Date.parse(value) : Number.NaN;
  if (!Number.isNaN(order)) return order;
  throw new MillraceError(
    'ingest.place-refused',
    `a record's cursor is neither a number nor a time in ISO 8601: ${JSON.stringify(value)?.slice(0, 40)}`,
  );
};

/** What the next round asks for; undefined to ask for all. */
export const lowerBound = (
  { max }: CursorState,
  { start, overlap }: CursorDeclaration,
): CursorValue | undefined => {
  if (max === undefined) return start;
  const behind = overlapOf(overlap);
  // As the API wrote it, where nothing is taken off: a finer fraction of a second must not get lost.
  if (behind === 0) return max;
  const order = orderOf(max) - behind;
  return typeof max === 'number' ? order : new Date(order).toISOString();
};

/** The same for the same record, whatever the order of its fields. */
export const digestOf = (record: unknown): string =>
  createHash('sha256')
    .update(JSON.stringify(sorted(record)))
    .digest('base64url')
    .slice(0, 16);

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, member]) => [name, sorted(member)]));
};

export interface CursorProgress {
  readonly fresh: readonly unknown[];
  readonly state: CursorState;
}

/** The records of a page that were not there before, and the state behind the page. */
export const advance = (
  state: CursorState,
  records: readonly { readonly record: unknown; readonly cursor: CursorValue }[],
  { overlap }: CursorDeclaration,
): CursorProgress => {
  const known = new Map(state.seen.map((one) => [one[1], one]));
  const fresh: unknown[] = [];
  let max = state.max;
  for (const { record, cursor } of records) {
    if (max === undefined || orderOf(cursor) > orderOf(max)) max = cursor;
    const digest = digestOf(record);
    if (known.has(digest)) continue;
    known.set(digest, [cursor, digest]);
    fresh.push(record);
  }
  if (max === undefined) return { fresh, state };
  const from = orderOf(max) - overlapOf(overlap);
  const seen = [...known.values()].filter(([cursor]) => orderOf(cursor) >= from);
  if (seen.length > seenMax)
    throw new MillraceError(
      'ingest.place-refused',
      `${seen.length} records lie within the overlap, more than ${seenMax}; make it shorter`,
    );
  return { fresh, state: { max, seen } };
};
