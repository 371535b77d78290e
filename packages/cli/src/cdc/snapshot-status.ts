/**
 * How far the snapshot of each table is: what the state log says is written, against what PostgreSQL says is there,
 * and the time left at the rate at which the log's last records came.
 */
import type pg from 'pg';
import { ageText, bytesText } from './figures.ts';

/** A table's progress in the state log. */
export interface WrittenProgress {
  readonly table: string;
  readonly status: string;
  readonly rows: number;
  /** Of the heaps that are read in ranges; undefined where rows are read in the order of their key. */
  readonly blocks: number | undefined;
  /** Not all rows of the table were asked for. */
  readonly isLimited: boolean;
  /** When this table's first and last records of its present course were written. */
  readonly since: { readonly ms: number; readonly rows: number };
  readonly lastMs: number;
}

export interface SnapshotStatus {
  readonly table: string;
  readonly status: string;
  readonly rows: number;
  /** By the table's statistics; null when it has none. */
  readonly rowsAbout: number | null;
  /** Of the table's files without indexes. */
  readonly bytes: number | null;
  /** 0 to 1; null when it cannot be told: of some rows, or without statistics. */
  readonly share: number | null;
  readonly secondsLeft: number | null;
}

const BLOCK_BYTES = 8192;

interface TableSize {
  readonly table: string;
  readonly rows: number | null;
  readonly bytes: number;
  readonly blocks: number;
}

/** A partitioned table is as large as its partitions. */
const readSizes = async (
  client: pg.Client,
  tables: readonly string[],
): Promise<ReadonlyMap<string, TableSize>> => {
  const { rows } = await client.query<TableSize>(
    `select n.nspname || '.' || c.relname as "table", size.*
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     cross join lateral (
       select case when min(p.reltuples) >= 0 then sum(p.reltuples)::float8 end as rows,
              coalesce(sum(pg_table_size(p.oid)), 0)::float8 as bytes,
              coalesce(sum(pg_relation_size(p.oid)), 0)::float8 / ${BLOCK_BYTES} as blocks
       from pg_class p
       where p.relkind = 'r' and p.oid in (select c.oid union select relid from pg_partition_tree(c.oid))) size
     where n.nspname || '.' || c.relname = any($1::text[]) and c.relkind in ('r', 'p')`,
    [tables],
  );
  return new Map(rows.map((row) => [row.table, row]));
};

const shareOf = (written: WrittenProgress, size: TableSize | undefined): number | null => {
  if (written.status === 'done') return 1;
  if (size === undefined || written.isLimited) return null;
  if (written.blocks !== undefined) {
    return size.blocks === 0 ? 1 : Math.min(written.blocks / size.blocks, 1);
  }
  return size.rows === null || size.rows === 0 ? null : Math.min(written.rows / size.rows, 1);
};

const leftOf = (written: WrittenProgress, share: number | null): number | null => {
  if (share === null || written.status === 'done') return null;
  const { lastMs, rows, since } = written;
  const done = rows - since.rows;
  if (done <= 0 || lastMs <= since.ms || share === 0) return null;
  const rowsLeft = rows / share - rows;
  return (rowsLeft * (lastMs - since.ms)) / done / 1000;
};

export const readSnapshotStatus = async (
  client: pg.Client,
  written: readonly WrittenProgress[],
): Promise<readonly SnapshotStatus[]> => {
  const sizes = await readSizes(
    client,
    written.map(({ table }) => table),
  );
  return written.map((one) => {
    const size = sizes.get(one.table);
    const share = shareOf(one, size);
    return {
      table: one.table,
      status: one.status,
      rows: one.rows,
      rowsAbout: size?.rows ?? null,
      bytes: size?.bytes ?? null,
      share,
      secondsLeft: leftOf(one, share),
    };
  });
};

/** For a person. */
export const snapshotRow = (one: SnapshotStatus): Readonly<Record<string, unknown>> => ({
  table: one.table,
  snapshot: one.status,
  rows: one.rows,
  'of about': one.rowsAbout,
  size: one.bytes === null ? null : bytesText(one.bytes),
  done: one.share === null ? null : `${Math.floor(one.share * 100)} %`,
  left: one.secondsLeft === null ? null : ageText(one.secondsLeft),
});
