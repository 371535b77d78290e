/**
 * Finds the records that ClickHouse refuses: the same conversions are run into nothing (`null` table
 * function), first for the record that the server named, then for halves. What the probe takes together
 * is not to blame, so a fault of the table or the statement finds no record.
 */
import { type ClickHouse, rejectionOf } from '@millrace/clickhouse';
import type { ConsumedRecord } from '@millrace/kafka';
import type { LaneIdentity, RangeGroup } from '../lanes/range.ts';
import { oneBlockSettings } from './insert-range.ts';

export function createFindRefusedStep(clickhouse: Pick<ClickHouse, 'insert'>) {
  const isRefused = async (
    { partition }: LaneIdentity,
    { landing }: RangeGroup,
    records: readonly ConsumedRecord[],
  ): Promise<boolean> => {
    try {
      await clickhouse.insert({
        statement: landing.probeStatement,
        body: landing.body(records, partition),
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
    suspect: number | undefined,
  ): Promise<readonly number[]> {
    if (await isRefused(identity, group, [])) return [];
    const refused: number[] = [];
    let suspected = group.records;
    const named = suspect === undefined ? undefined : group.records[suspect];
    if (named && (await isRefused(identity, group, [named]))) {
      refused.push(named.offset);
      suspected = group.records.filter((record) => record !== named);
    }
    const halves = [suspected];
    for (let records = halves.pop(); records; records = halves.pop()) {
      if (records.length === 0 || !(await isRefused(identity, group, records))) continue;
      if (records.length === 1) {
        refused.push(records[0]!.offset);
        continue;
      }
      const middle = records.length >> 1;
      halves.push(records.slice(0, middle), records.slice(middle));
    }
    return refused.sort((a, b) => a - b);
  };
}

export type FindRefusedStep = ReturnType<typeof createFindRefusedStep>;
