/**
 * A claim: the offset range that a partition's next insert covers, made durable as the metadata of an
 * offset commit *before* the bytes leave. Whoever owns the partition next finds it and repeats exactly
 * this insert, so the deduplication token of the first attempt covers the second.
 * This file only knows the value and its text, which the sink writes and the command line reads; when to claim is
 * `services/sink/src/claims/protocol.ts`.
 */
import {
  type LogIdentity,
  logFields,
  memoryFields,
  POSITION_TEXT_VERSION,
  type TableMemory,
} from './log-position.ts';
import { MillraceError } from './millrace-error.ts';

export interface Claim extends TableMemory {
  /** The log that the offsets count in; absent in a claim of the first form, whose token did not name it. */
  readonly log?: LogIdentity;
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

/** Claims of the first form are read still: one may be under way when the sink is upgraded. */
const FIRST_VERSION = 1;

interface ClaimText {
  readonly c: readonly [number, number];
  readonly at: number;
  readonly t: string;
  readonly s?: readonly number[];
  /** Runs of dead offsets as [distance from the end of the run before, length]. */
  readonly d?: readonly number[];
  readonly x?: 1;
}

type MemoryText = ReturnType<typeof memoryFields>;
type LogText = ReturnType<typeof logFields>;

/** The claim as offset metadata. Throws `sink.refused-too-often` when its dead offsets do not fit. */
export function claimText(claim: Claim): string {
  const text: ClaimText & MemoryText & (LogText | { readonly v: typeof FIRST_VERSION }) = {
    ...(claim.log ? logFields(claim.log) : { v: FIRST_VERSION }),
    ...memoryFields(claim),
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

/** What is left to remember of the table for what lies at and behind `offset`. */
export const memoryAt = (
  offset: number,
  { compareBelow, unnamedRows, countsFrom }: TableMemory,
): TableMemory => ({
  ...(compareBelow !== undefined && compareBelow > offset && { compareBelow }),
  ...(unnamedRows && { unnamedRows }),
  ...(countsFrom !== undefined && { countsFrom }),
});

/** What a group's offset says of a partition. */
export interface Position extends TableMemory {
  /** Absent when an operator's tool, or a sink of before logs were named, committed the offset. */
  readonly log?: LogIdentity;
  readonly claim?: Claim;
}

/**
 * Reads offset metadata. Empty metadata is a position without a log; anything else that is not of a form
 * known here is `'foreign'`: another program commits for this group, and going on could lose or repeat records.
 */
export function parsePosition(metadata: string): Position | 'foreign' {
  if (metadata === '') return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(metadata);
  } catch {
    return 'foreign';
  }
  const log = readLog(parsed);
  if (log === 'foreign') return 'foreign';
  const memory = readMemory(parsed);
  const position = { ...(log && { log }), ...memory };
  if (isClaimText(parsed)) return { ...position, claim: readClaim(parsed, position) };
  return log && !('c' in (parsed as object)) ? position : 'foreign';
}

const readMemory = (value: unknown): TableMemory => {
  const { b, o, f } = value as MemoryText;
  return {
    ...(isOffset(b) && { compareBelow: b }),
    ...(o === 1 && { unnamedRows: true }),
    ...(isOffset(f) && { countsFrom: f }),
  };
};

const readClaim = (text: ClaimText, position: Omit<Position, 'claim'>): Claim => ({
  ...position,
  from: text.c[0],
  to: text.c[1],
  atMs: text.at,
  table: text.t,
  deadSchemas: text.s ?? [],
  deadOffsets: offsetsOf(text.d ?? [], text.c[0]),
  transactional: text.x === 1,
});

/** The log in a text; undefined in one of the first form. */
function readLog(value: unknown): LogIdentity | undefined | 'foreign' {
  if (typeof value !== 'object' || value === null) return 'foreign';
  const { v, k, i, e } = value as Partial<Record<keyof LogText, unknown>>;
  if (v === FIRST_VERSION) return undefined;
  const isLog = typeof k === 'string' && typeof i === 'string' && typeof e === 'string';
  return v === POSITION_TEXT_VERSION && isLog ? { cluster: k, topicId: i, epoch: e } : 'foreign';
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
  const { log, from, to, table } = claim;
  // A claim of the first form may have been tried already, under the token of its time.
  if (!log) return `${clusterId}:${topic}:${partition}:${from}-${to}:${table}:s${schemaId}`;
  const { cluster, topicId, epoch } = log;
  return `${cluster}:${topicId}:${epoch}:${table}:${partition}:${from}-${to}:s${schemaId}`;
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
  const { c, at, t, s, d } = value as Partial<Record<keyof ClaimText, unknown>>;
  return (
    Array.isArray(c) &&
    c.length === 2 &&
    c.every(isOffset) &&
    isOffset(at) &&
    typeof t === 'string' &&
    isOffsets(s) &&
    isOffsets(d)
  );
}
