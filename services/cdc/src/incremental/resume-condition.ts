/**
 * The rows of a table that a snapshot which was cut off has not written: all but those that lie in a range that
 * is done and have not changed since. A row version never moves within its file, so one that is older than the
 * first snapshot and lies in such a range was read there; a file that was rewritten means nothing any more.
 */

import { chunkCondition } from '../snapshot/chunks.ts';
import type { BlocksDone, HeapProgress } from '../snapshot/table-progress.ts';
import type { SourceConnection } from '../source/source-connection.ts';

const XID_BITS = 32;

/** age() counts back from now, so an older version has the greater age; frozen ones have the greatest. */
const isOlderThan = (xmin: string): string =>
  `age(xmin) > age('${BigInt.asUintN(XID_BITS, BigInt(xmin))}'::xid)`;

const liesIn = ({ oid, ranges }: HeapProgress): string => {
  const inRange = ranges.map(
    ({ fromBlock, toBlock }) => `(${chunkCondition({ fromBlock, toBlock: toBlock ?? undefined })})`,
  );
  return `(tableoid = ${oid} and (${inRange.join(' or ')}))`;
};

/** SQL over the table's rows; undefined when nothing may be left out. */
export const resumeCondition = (
  { heaps, xmin }: BlocksDone,
  isUnchanged: (heap: HeapProgress) => boolean,
): string | undefined => {
  const done = heaps.filter((heap) => heap.ranges.length > 0 && isUnchanged(heap));
  if (done.length === 0) return undefined;
  return `not (${isOlderThan(xmin)} and (${done.map(liesIn).join(' or ')}))`;
};

/** The same with a look at which files are still those of then. */
export const resumeConditionNow = async (
  connection: SourceConnection,
  blocksDone: BlocksDone,
): Promise<string | undefined> => {
  const rows = await connection.query<{ oid: string; fileNode: string | null }>(
    'select oid::int8 as oid, pg_relation_filenode(oid)::int8 as "fileNode" from pg_class where oid = any($1::oid[])',
    [blocksDone.heaps.map(({ oid }) => oid)],
  );
  const fileNodes = new Map(rows.map(({ fileNode, oid }) => [Number(oid), Number(fileNode)]));
  return resumeCondition(blocksDone, ({ fileNode, oid }) => fileNodes.get(oid) === fileNode);
};
