/**
 * A group's offset in the source as an offset of the copy. The sink keeps the name of the log and at times a claim beside
 * its offset: the copy's name takes the place of the source's, and a claim has to be settled first, since in another log
 * its insert has another token. Transforms name the log, too. No I/O.
 */
import {
  type LogIdentity,
  parsePosition,
  restingText,
  withLogMark,
  withoutLogMark,
} from '@millrace/contracts';
import { copiedOffsets, copyOffset, type OffsetRun } from './offset-runs.ts';

export interface GroupOffset {
  readonly offset: number;
  readonly metadata: string;
}

/** Offsets of the source's log that a fact table holds, at and behind the group's. */
export type LandedOffsets = ReadonlySet<number>;

export interface TranslateOptions {
  readonly runs: readonly OffsetRun[];
  /** The runs begin where the copy does. */
  readonly isWhole: boolean;
  /** The source offset up to which it is copied; undefined when the source is gone, and no more will come. */
  readonly copiedTo: number | undefined;
  /** The copy's name. */
  readonly copyLog: Omit<LogIdentity, 'epoch'>;
  /** What the table holds already; undefined when nobody asked it. */
  readonly landed?: LandedOffsets;
}

export type Translated =
  | { readonly kind: 'moved'; readonly offset: number; readonly metadata: string }
  /** `landedAfter`: source offsets behind the new place that are in the table: they would land again. */
  | { readonly kind: 'stuck'; readonly reason: string; readonly landedAfter?: readonly number[] };

/** Never guesses: what cannot be told exactly is `stuck`, with the reason. */
export function translatePosition(at: GroupOffset, options: TranslateOptions): Translated {
  const { runs, copyLog, copiedTo, landed } = options;
  const position = parsePosition(at.metadata);
  const isSinks = position !== 'foreign' && position.log !== undefined;
  if (isSinks && position.claim !== undefined && landed === undefined) {
    const { from, to } = position.claim;
    return {
      kind: 'stuck',
      reason: `a claim on ${from}–${to} stands: stop the sink in order, or give MILLRACE_CLICKHOUSE_URL, which knows what of it has landed`,
    };
  }
  const settled = landed === undefined ? at.offset : settle(at.offset, runs, landed);
  if (typeof settled !== 'number') return settled;
  if (copiedTo !== undefined && settled > copiedTo) {
    return {
      kind: 'stuck',
      reason: `offset ${settled} is not copied yet: run the mirror with --once`,
    };
  }
  const offset = runs.length === 0 ? 0 : copyOffset(runs, settled, options.isWhole);
  if (offset === undefined) {
    return { kind: 'stuck', reason: `offset ${settled} is older than what the mirror's log tells` };
  }
  if (!isSinks) {
    const { text, mark } = withoutLogMark(at.metadata);
    return { kind: 'moved', offset, metadata: withLogMark(text, mark && copyLog) };
  }
  const log = { ...copyLog, epoch: position.log.epoch.split('~')[0]! };
  // Rows of what lies before are there, under the name of the source.
  const metadata = restingText(log, { countsFrom: offset });
  return { kind: 'moved', offset, metadata };
}

/** The first copied record at or behind the offset that the table lacks; stuck when it holds one behind that. */
function settle(
  offset: number,
  runs: readonly OffsetRun[],
  landed: LandedOffsets,
): number | Extract<Translated, { kind: 'stuck' }> {
  if (landed.size === 0) return offset;
  const last = Math.max(...landed);
  let first: number | undefined;
  for (const copied of copiedOffsets(runs, offset, last)) {
    if (landed.has(copied)) continue;
    first = copied;
    break;
  }
  if (first === undefined) return last + 1;
  const landedAfter = [...landed].filter((one) => one > first).toSorted((a, b) => a - b);
  if (landedAfter.length === 0) return first;
  return {
    kind: 'stuck',
    reason: `${first} has not landed, and ${landedAfter.length} records behind it have: --take-back removes their rows, and they land from the copy`,
    landedAfter,
  };
}
