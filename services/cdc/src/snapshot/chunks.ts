/**
 * A table cut into ranges of blocks that streams read side by side. Partitions are read as tables of their own,
 * whatever topic they go to. Sizes come from the files, long values included, so cutting costs no scan.
 */
import { MillraceError } from '@millrace/contracts';
import pg from 'pg';
import type { CatalogTable } from '../source/catalog.ts';
import type { SourceConnection } from '../source/source-connection.ts';

/** The file that holds the rows: the table itself, or one of its partitions. */
export interface Heap {
  readonly oid: number;
  /** Quoted, with its schema. */
  readonly name: string;
  readonly blocks: number;
  /** With what its rows keep outside of it (TOAST). */
  readonly bytes: number;
  /** pg_relation_filenode: another one means that the table was rewritten and its blocks mean something else. */
  readonly fileNode: number;
}

export interface Chunk {
  readonly heap: Heap;
  readonly fromBlock: number;
  /** Exclusive; absent: to the end, wherever that is. */
  readonly toBlock: number | undefined;
}

const BLOCK_BYTES = 8192;

/** The heaps of a table that rows lie in, in the catalog's order. Throws `cdc.source-unavailable`. */
export const listHeaps = async (
  connection: SourceConnection,
  table: CatalogTable,
): Promise<readonly Heap[]> => {
  const rows = await connection.query<{
    oid: string;
    schema: string;
    name: string;
    bytes: string;
    toastBytes: string;
    fileNode: string;
    fileNodeSeen: string;
  }>(
    `select c.oid::int8 as oid, n.nspname as schema, c.relname as name,
            pg_relation_size(c.oid) as bytes,
            case when c.reltoastrelid = 0 then 0 else pg_relation_size(c.reltoastrelid) end as "toastBytes",
            pg_relation_filenode(c.oid)::int8 as "fileNode",
            c.relfilenode::int8 as "fileNodeSeen"
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and (c.oid = $1::oid
       or c.oid in (select relid from pg_partition_tree($1::oid::regclass) where isleaf))
     order by c.oid`,
    [table.oid],
  );
  // ALTER TABLE rewrites rows as of now: an older snapshot finds none of them
  if (rows.some((row) => row.fileNode !== row.fileNodeSeen)) {
    throw new MillraceError(
      'cdc.source-unavailable',
      `"${table.schema}.${table.table}" was rewritten after the snapshot was taken`,
      { retryable: true },
    );
  }
  return rows.map((row) => ({
    oid: Number(row.oid),
    name: `${pg.escapeIdentifier(row.schema)}.${pg.escapeIdentifier(row.name)}`,
    blocks: Math.ceil(Number(row.bytes) / BLOCK_BYTES),
    bytes: Number(row.bytes) + Number(row.toastBytes),
    fileNode: Number(row.fileNode),
  }));
};

/** Blocks of a heap that hold about `chunkBytes`, rows taken for equally wide. */
const blocksPerChunk = ({ blocks, bytes }: Heap, chunkBytes: number): number =>
  Math.max(Math.floor(chunkBytes / Math.max(bytes / Math.max(blocks, 1), BLOCK_BYTES)), 1);

/** Ranges of about `chunkBytes`; the last of each heap is open, so an empty heap has one, too. */
export const chunksOf = (heaps: readonly Heap[], chunkBytes: number): readonly Chunk[] =>
  heaps.flatMap((heap) => {
    const size = blocksPerChunk(heap, chunkBytes);
    const count = Math.max(Math.ceil(heap.blocks / size), 1);
    return Array.from({ length: count }, (_, i) => ({
      heap,
      fromBlock: i * size,
      toBlock: i === count - 1 ? undefined : (i + 1) * size,
    }));
  });

const ctidOf = (block: number): string => `'(${block},0)'::tid`;

/** The range's share of its heap, bytes. */
export const chunkBytesOf = ({ fromBlock, heap, toBlock }: Chunk): number =>
  Math.max((toBlock ?? heap.blocks) - fromBlock, 0) * (heap.bytes / Math.max(heap.blocks, 1));

/** The condition on a heap's rows that makes the range. */
export const chunkCondition = ({ fromBlock, toBlock }: Omit<Chunk, 'heap'>): string => {
  const lower = `ctid >= ${ctidOf(fromBlock)}`;
  return toBlock === undefined ? lower : `${lower} and ctid < ${ctidOf(toBlock)}`;
};
