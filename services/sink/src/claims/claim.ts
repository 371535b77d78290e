/**
 * A claim: the offset range that a partition's next insert covers, made durable as the metadata of an
 * offset commit *before* the bytes leave. Whoever owns the partition next finds it and repeats exactly
 * this insert, so the deduplication token of the first attempt covers the second.
 * This file only knows the value and its text; when to claim is `protocol.ts`.
 */
import { MillraceError } from '@millrace/contracts';

export interface Claim {
  /** First offset of the range; also the group's committed offset while the claim stands. */
  readonly from: number;
  /** Last offset of the range, inclusive; offsets between may be absent (markers, compaction). */
  readonly to: number;
  /** When the range was claimed, ms since 1970: tells a replay whether the token can still be trusted. */
  readonly atMs: number;
  /** The raw table, without its database. */
  readonly table: string;
  /** Writer schemas that were given up for this range (unknown or unfit); their records are dead. */
  readonly deadSchemas: readonly number[];
  /** Offsets that ClickHouse refused, ascending; they are dead. */
  readonly deadOffsets: readonly number[];
  /** True when the range holds dead records, so that its end is committed in a transaction with them. */
  readonly transactional: boolean;
}

/** The broker's default `offset.metadata.max.bytes`; a longer text would fail the commit. */
export const CLAIM_TEXT_BYTES_MAX = 4096;

const VERSION = 1;

interface ClaimText {
  readonly v: number;
  readonly c: readonly [number, number];
  readonly at: number;
  readonly t: string;
  readonly s?: readonly number[];
  /** Runs of dead offsets as [distance from the end of the run before, length]. */
  readonly d?: readonly number[];
  readonly x?: 1;
}

/** The claim as offset metadata. Throws `sink.refused-too-often` when its dead offsets do not fit. */
export function claimText(claim: Claim): string {
  const text: ClaimText = {
    v: VERSION,
    c: [claim.from, claim.to],
    at: claim.atMs,
    t: claim.table,
    ...(claim.deadSchemas.length > 0 && { s: claim.deadSchemas }),
    ...(claim.deadOffsets.length > 0 && { d: runsOf(claim.deadOffsets, claim.from) }),
    ...(claim.transactional && { x: 1 as const }),
  };
  const encoded = JSON.stringify(text);
  if (Buffer.byteLength(encoded) <= CLAIM_TEXT_BYTES_MAX) return encoded;
  throw new MillraceError(
    'sink.refused-too-often',
    `${claim.deadOffsets.length} records between ${claim.from} and ${claim.to} were refused for ${claim.table}`,
  );
}

/**
 * Reads offset metadata. Empty metadata is no claim; anything else that is not a claim of this version
 * is `'foreign'`: another program commits for this group, and going on could lose or repeat records.
 */
export function parseClaim(metadata: string): Claim | 'none' | 'foreign' {
  if (metadata === '') return 'none';
  let parsed: unknown;
  try {
    parsed = JSON.parse(metadata);
  } catch {
    return 'foreign';
  }
  if (!isClaimText(parsed)) return 'foreign';
  return {
    from: parsed.c[0],
    to: parsed.c[1],
    atMs: parsed.at,
    table: parsed.t,
    deadSchemas: parsed.s ?? [],
    deadOffsets: offsetsOf(parsed.d ?? [], parsed.c[0]),
    transactional: parsed.x === 1,
  };
}

/**
 * `insert_deduplication_token` of the part of a claim that one writer schema wrote. It depends on the
 * range alone, not on which of its records are dead: a range lands once, whatever was left out of it.
 */
export function claimToken(
  clusterId: string,
  topic: string,
  partition: number,
  claim: Claim,
  schemaId: number,
): string {
  return `${clusterId}:${topic}:${partition}:${claim.from}-${claim.to}:${claim.table}:s${schemaId}`;
}

function runsOf(offsets: readonly number[], from: number): number[] {
  const runs: number[] = [];
  let end = from;
  let index = 0;
  while (index < offsets.length) {
    const start = offsets[index]!;
    let length = 1;
    while (offsets[index + length] === start + length) length += 1;
    runs.push(start - end, length);
    end = start + length;
    index += length;
  }
  return runs;
}

function offsetsOf(runs: readonly number[], from: number): number[] {
  const offsets: number[] = [];
  let end = from;
  for (let index = 0; index + 1 < runs.length; index += 2) {
    const start = end + runs[index]!;
    const length = runs[index + 1]!;
    for (let offset = start; offset < start + length; offset += 1) offsets.push(offset);
    end = start + length;
  }
  return offsets;
}

const isOffset = (value: unknown): value is number => Number.isSafeInteger(value);
const isOffsets = (value: unknown): boolean =>
  value === undefined || (Array.isArray(value) && value.every(isOffset));

function isClaimText(value: unknown): value is ClaimText {
  if (typeof value !== 'object' || value === null) return false;
  const { v, c, at, t, s, d } = value as Partial<Record<keyof ClaimText, unknown>>;
  return (
    v === VERSION &&
    Array.isArray(c) &&
    c.length === 2 &&
    c.every(isOffset) &&
    isOffset(at) &&
    typeof t === 'string' &&
    isOffsets(s) &&
    isOffsets(d)
  );
}
