/**
 * What one claim covers, sorted: the records that land, by writer schema, and those that do not.
 * Made by `steps/sort-records.ts`, carried by the lane from its claim to the commit behind it.
 */
import type { ErrorCode } from '@millrace/contracts';
import type { ConsumedRecord, RecordRows } from '@millrace/kafka';
import type { Landing } from '../tables/landing.ts';

export interface RangeGroup {
  readonly landing: Landing;
  readonly records: RecordRows;
}

export interface DeadRecord {
  readonly record: ConsumedRecord;
  readonly code: ErrorCode;
  readonly reason: string;
}

export interface SortedRange {
  readonly groups: readonly RangeGroup[];
  readonly dead: readonly DeadRecord[];
  /** Tombstones: they say to Kafka what the delete before them said already. */
  readonly skipped: number;
}

/** A lane's partition, and since which assignment it owns it without interruption. */
export interface LaneIdentity {
  readonly topic: string;
  readonly partition: number;
  readonly term: number;
}
