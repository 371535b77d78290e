/**
 * Finds the records that ClickHouse refuses: the same conversions are run into nothing (`null` table
 * function), first for the record that the server named, then for halves. What the probe takes together
 * is not to blame, so a fault of the table or the statement finds no record; a fault of a view behind the table is not looked for,
 * since the table may hold the rows already. Only a table's own CHECK
 * constraints are beyond the probe: there the server's word about the row is taken.
 */
import { type ClickHouse, rejectionOf } from '@millrace/clickhouse';
import type { MillraceError } from '@millrace/contracts';
import type { RecordRows } from '@millrace/kafka';
import type { LaneIdentity, RangeGroup } from '../lanes/range.ts';
import { oneBlockSettings } from './insert-range.ts';

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
        settings: oneBlockSettings,
      });
      return false;
    } catch (error) {
      if (rejectionOf(error)) return true;
      throw error;
    }
  };

  /**
   * Offsets of the refused records, ascending; empty when the fault is not in a record. Rejects with a
   * retryable error when the server cannot be asked.
   */
  return async function findRefused(
    identity: LaneIdentity,
    group: RangeGroup,
    error: MillraceError,
  ): Promise<readonly number[]> {
    if (rejectionOf(error)?.fault === 'view') return [];
    const isData = rejectionOf(error)?.fault === 'data';
    if (!isData && (await isRefused(identity, group, group.records.slice(0, 0)))) return [];
    const refused: number[] = [];
    let suspected = group.records;
    const row = rejectionOf(error)?.rowNumber ?? 0;
    const [named] = group.records.slice(row - 1, row).offsets();
    if (
      named !== undefined &&
      (await isRefused(identity, group, group.records.slice(row - 1, row)))
    ) {
      refused.push(named);
      suspected = group.records.where((offset) => offset !== named);
    }
    const halves = [suspected];
    for (let records = halves.pop(); records; records = halves.pop()) {
      if (records.length === 0 || !(await isRefused(identity, group, records))) continue;
      if (records.length === 1) {
        refused.push(...records.offsets());
        continue;
      }
      const middle = records.length >> 1;
      halves.push(records.slice(0, middle), records.slice(middle));
    }
    if (refused.length === 0 && named !== undefined && isConstraint(error)) return [named];
    return refused.sort((a, b) => a - b);
  };
}

/** VIOLATED_CONSTRAINT */
const isConstraint = (error: MillraceError): boolean => rejectionOf(error)?.serverCode === 469;

export type FindRefusedStep = ReturnType<typeof createFindRefusedStep>;
