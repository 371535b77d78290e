/** What a capture tells of its snapshots, as Debezium's notifications do. */
import type { PartitionBatch } from '@millrace/kafka';

export type SnapshotKind = 'Initial Snapshot' | 'Incremental Snapshot';

export type NotificationType =
  | 'STARTED'
  | 'IN_PROGRESS'
  | 'TABLE_SCAN_COMPLETED'
  | 'COMPLETED'
  | 'ABORTED'
  | 'SKIPPED'
  | 'PAUSED'
  | 'RESUMED';

/** How the reading of a table ended. */
export type ScanStatus =
  | 'SUCCEEDED'
  | 'EMPTY'
  | 'NO_PRIMARY_KEY'
  | 'UNKNOWN_SCHEMA'
  | 'SQL_EXCEPTION';

export interface Notification {
  readonly kind: SnapshotKind;
  readonly type: NotificationType;
  /** Of the signal that asked; one is made up when it is absent. */
  readonly id?: string | undefined;
  readonly data?: Readonly<Record<string, string>>;
}

/** The record, for the Kafka transaction of what it tells; none when nobody asked for notifications. */
export type Notify = (notification: Notification) => readonly PartitionBatch[];

/** Names of tables in one text. */
export const listOf = (
  tables: readonly { readonly schema: string; readonly table: string }[],
): string => tables.map(({ schema, table }) => `${schema}.${table}`).join(',');
