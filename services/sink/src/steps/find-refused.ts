/**
 * Finds the records that ClickHouse refuses: the same conversions are run into nothing (`null` table
 * function), first for the record that the server named, then for halves, the earlier half first. What the
 * probe takes together is not to blame, so a fault of the table or the statement finds no record; a fault of
 * a view behind the table is not looked for, since the table may hold the rows already. Only a table's own
 * CHECK constraints are beyond the probe: there the server's word about the row is taken.
 */
import { type ClickHouse, rejectionOf } from '@millrace/clickhouse';
import type { MillraceError } from '@millrace/contracts';
import type { RecordRows } from '@millrace/kafka';
import type { LaneIdentity, RangeGroup } from '../lanes/range.ts';
import { oneBlockSettings } from './insert-range.ts';

export interface Refused {
  /** Offsets, ascending; empty when the fault is not in a record. */
  readonly offsets: readonly number[];
  /** The last offset that was looked at, when the search ended early: there may be more behind it. */
  readonly searchedTo?: number;
}

/**
 * A probe has no token, and ClickHouse refuses to deduplicate a SELECT (a dimension's) without one: it would refuse every
 * record alike. Nothing is stored, so there is nothing to deduplicate.
 */
const probeSettings = {
  ...oneBlockSettings,
  deduplicate_insert: 'disable',
  deduplicate_insert_select: 'disable',
} as const;

/** A search ends after so many: what is known by then can land, and a whole bad stretch costs no more memory than one. */
const REFUSED_MAX = 500;
/** Few records are asked about one by one, at the same time. */
const ONE_BY_ONE_MAX = 8;

export function createFindRefusedStep(clickhouse: Pick<ClickHouse, 'insert'>) {
  const isRefused = async (
    { partition }: LaneIdentity,
    { landing }: RangeGroup,
    records: RecordRows,
  ): Promise<boolean> => {
    try {
      await clickhouse.insert({
        statement: landing.probeStatement,
        body: landing.body(records, partition, 0),
        token: '',
        settings: probeSettings,
      });
      return false;
    } catch (error) {
      if (rejectionOf(error)) return true;
      throw error;
    }
  };

  /**
   * The refused of `suspected` from its front on, up to `max` and a few. Rejects with a retryable error when
   * the server cannot be asked.
   */
  const search = async (
    identity: LaneIdentity,
    group: RangeGroup,
    suspected: RecordRows,
    max: number,
  ): Promise<Refused> => {
    const offsets: number[] = [];
    const pending = [suspected];
    for (let records = pending.pop(); records; records = pending.pop()) {
      if (records.length === 0 || !(await isRefused(identity, group, records))) continue;
      if (records.length > ONE_BY_ONE_MAX) {
        const middle = records.length >> 1;
        pending.push(records.slice(middle), records.slice(0, middle));
        continue;
      }
      const rows = Array.from({ length: records.length }, (_, row) => records.slice(row, row + 1));
      const verdicts = await Promise.all(rows.map((row) => isRefused(identity, group, row)));
      offsets.push(...records.offsets().filter((_, row) => verdicts[row]));
      if (offsets.length >= max && pending.some((rest) => rest.length > 0)) {
        return { offsets, searchedTo: records.offsets().at(-1)! };
      }
    }
    return { offsets };
  };

  /** `mayEndEarly`: the caller can do with the front part of the group; else the search is for all of it. */
  return async function findRefused(
    identity: LaneIdentity,
    group: RangeGroup,
    error: MillraceError,
    mayEndEarly = false,
  ): Promise<Refused> {
    if (rejectionOf(error)?.fault === 'view') return { offsets: [] };
    // A probe that is refused without a record says nothing about any: nobody is blamed by it.
    if (await isRefused(identity, group, group.records.slice(0, 0))) return { offsets: [] };
    const row = rejectionOf(error)?.rowNumber ?? 0;
    const [named] = group.records.slice(row - 1, row).offsets();
    const isNamed =
      named !== undefined && (await isRefused(identity, group, group.records.slice(row - 1, row)));
    const suspected = isNamed ? group.records.where((offset) => offset !== named) : group.records;
    const found = await search(
      identity,
      group,
      suspected,
      mayEndEarly ? REFUSED_MAX : Number.POSITIVE_INFINITY,
    );
    const isWithin = found.searchedTo === undefined || (isNamed && named <= found.searchedTo);
    if (isNamed && isWithin) {
      return { ...found, offsets: [...found.offsets, named].sort((a, b) => a - b) };
    }
    const isConstraintOnly =
      found.offsets.length === 0 && named !== undefined && isConstraint(error);
    return isConstraintOnly ? { offsets: [named] } : found;
  };
}

/** VIOLATED_CONSTRAINT */
const isConstraint = (error: MillraceError): boolean => rejectionOf(error)?.serverCode === 469;

export type FindRefusedStep = ReturnType<typeof createFindRefusedStep>;
