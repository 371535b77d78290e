/**
 * The next rows of a table in key order, read in one snapshot of their own. PostgreSQL compares the keys, so
 * collations and types of any kind are right.
 */
import pg from 'pg';
import type { CapturedTable } from '../captured-table.ts';
import type { ShapeColumn, TableShape } from '../envelope/table-shape.ts';
import { binaryCopyStatement } from '../snapshot/binary-copy.ts';
import { rowsOf } from '../snapshot/row-choice.ts';
import type { CopyOut } from '../source/copy-out.ts';
import type { SourceConnection } from '../source/source-connection.ts';

export interface KeyChunk {
  /** COPY messages of the rows, in key order. */
  readonly messages: readonly Buffer[];
  /** Text of the last row's key; undefined when no row is behind this chunk. */
  readonly lastKey: readonly string[] | undefined;
  readonly byteCount: number;
  /** It holds more than a chunk may, and not all of it is kept. */
  readonly isTooLarge: boolean;
}

export interface ChunkRange {
  readonly table: CapturedTable;
  readonly afterKey: readonly string[] | undefined;
  readonly rowsMax: number;
  /** What stands behind FROM: the table, or a statement in its place. */
  readonly place: string;
  /** SQL that limits the rows. */
  readonly conditions: readonly string[];
}

export interface ChunkReader {
  readonly connection: SourceConnection;
  readonly copyOut: CopyOut;
  /** Rows beyond it are not kept, bytes. */
  readonly chunkBytesMax: number;
}

const keyNames = (shape: TableShape): readonly string[] =>
  shape.keyColumns.map((index) => pg.escapeIdentifier((shape.columns[index] as ShapeColumn).name));

/** `(a, b) > ('1', 'x')`: the literals take the columns' types. */
const compareKey = (shape: TableShape, operator: '>' | '<=', key: readonly string[]): string =>
  `(${keyNames(shape).join(', ')}) ${operator} (${key.map(pg.escapeLiteral).join(', ')})`;

/** The key at which a chunk of `rowsMax` rows ends, as text; undefined when fewer are left. */
const endOfChunk = async (
  connection: SourceConnection,
  shape: TableShape,
  rows: string,
  rowsMax: number,
): Promise<readonly string[] | undefined> => {
  const names = keyNames(shape);
  const texts = names.map((name, i) => `format('%s', ${name}) as "${i}"`);
  const [row] = await connection.query<Record<string, string>>(
    `select ${texts.join(', ')} from ${rows}
     order by ${names.join(', ')} offset ${rowsMax - 1} limit 1`,
  );
  return row === undefined ? undefined : names.map((_, i) => row[String(i)] as string);
};

/**
 * Reads one chunk in the transaction that is open on the connection. Throws `cdc.source-unavailable`,
 * `cdc.source-refused`.
 */
export const readKeyChunk = async (
  { chunkBytesMax: bytesMax, connection, copyOut }: ChunkReader,
  { afterKey, conditions, place, rowsMax, table }: ChunkRange,
): Promise<KeyChunk> => {
  const { shape } = table;
  const behind = afterKey === undefined ? [] : [compareKey(shape, '>', afterKey)];
  const left = rowsOf(place, [...conditions, ...behind]);
  const lastKey = await endOfChunk(connection, shape, left, rowsMax);
  const upTo = lastKey === undefined ? [] : [compareKey(shape, '<=', lastKey)];
  const chunk = rowsOf(place, [...conditions, ...behind, ...upTo]);
  const from = `${chunk} order by ${keyNames(shape).join(', ')}`;
  const messages: Buffer[] = [];
  let byteCount = 0;
  await copyOut.run(binaryCopyStatement(shape, from), (bytes, start, end) => {
    byteCount += end - start;
    // one row at least: it is what it is
    if (byteCount <= bytesMax || messages.length === 0) {
      messages.push(Buffer.from(bytes.subarray(start, end)));
    }
  });
  return { messages, lastKey, byteCount, isTooLarge: byteCount > bytesMax && rowsMax > 1 };
};
