/** Facts of a capture's state log (`cdcStateTopic`) that others than the capture read, by their keys. */

interface TableName {
  readonly schema: string;
  readonly table: string;
}

/** The tables that are captured: a JSON array of `<schema>.<table> <oid>`. */
export const capturedTablesFact = 'tables';

/** Before the name of a table: how far its snapshot is, JSON whose `status` is `running` or `done`. */
export const snapshotFactPrefix = 'snapshot/';

/** The key under which it stands how far the snapshot of this table is. */
export const snapshotFact = ({ schema, table }: TableName): string =>
  `${snapshotFactPrefix}${schema}.${table}`;
