/**
 * The order of a captured row's versions as SQL: the order in which their transactions committed, then
 * their order in the log, then the Kafka offset.
 *
 * The log sequence number of a change alone is not it. PostgreSQL writes an INSERT to the log before it
 * looks into the unique indexes; meanwhile another transaction may delete the row of the same key and
 * commit. The insert then stands *before* the delete in the log and commits after it. So a change counts
 * from where the commit before its own transaction ended (the first part of Debezium's `source.sequence`)
 * when that is later. Transactions stay apart: each commit lies between the places of its own changes and
 * those of all that commit after it. Rows that a snapshot read tell no such commit and count from their
 * own number, which is below every change that they lack.
 */
import type { FilledColumn } from './insert-plan.ts';

const lsn = 'toUInt64(ifNull(`source.lsn`, 0))';
const commitBefore = "toUInt64OrZero(JSONExtractString(ifNull(`source.sequence`, ''), 1))";
/** Within one place: what stands in the log before it, by its number, then what stands at it, by offset. */
const withinPlace = `if(${lsn} < ${commitBefore}, ${lsn}, bitOr(bitShiftLeft(toUInt64(1), 63), toUInt64(\`_offset\`)))`;

/** A UInt128: the place in its upper half, the order within the place in its lower half. */
export const dimensionVersion: Pick<FilledColumn, 'inputs' | 'expression'> = {
  inputs: [
    { name: 'source.lsn', type: 'Nullable(Int64)' },
    { name: 'source.sequence', type: 'Nullable(String)' },
    { name: '_offset', type: 'Int64' },
  ],
  expression: `bitOr(bitShiftLeft(toUInt128(greatest(${lsn}, ${commitBefore})), 64), toUInt128(${withinPlace}))`,
};
