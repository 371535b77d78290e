/**
 * One row change → records in a batch: the envelope, the tombstone behind a delete, the pair that a changed
 * key makes. A row that cannot be encoded becomes a dead letter with its exact bytes, and later changes of its key wait for it
 * there (`dead/blocked-keys.ts`); the rest goes on.
 */
import { FRAME_HEADER_BYTES } from '@millrace/avro';
import { deadTopic, MillraceError } from '@millrace/contracts';
import { type OutgoingRecord, partitionForKey, type RecordHeaders } from '@millrace/kafka';
import type { Tuple } from '@millrace/pgoutput';
import type { CapturedTable } from '../captured-table.ts';
import type { ChangeBatch } from '../change-batch.ts';
import type { BlockedKeys } from '../dead/blocked-keys.ts';
import { deadLetterOf } from '../dead/dead-letter.ts';
import type { Operation } from '../envelope/table-writer.ts';
import { keepTuple, unsentColumns } from '../reread/deferred-change.ts';
import type { RowChange } from '../row-change.ts';
import { isUnchangedRow } from '../rules/unchanged-row.ts';
import { incompatibleError } from '../schemas/incompatible-tables.ts';

/** Names the values that Avro cannot say, as `column=NaN`; the field itself is null or zero. */
export const SPECIAL_VALUES_HEADER = 'millrace.special-values';
/** Debezium's names: the other key of a row whose key changed, as JSON text. */
const NEW_KEY_HEADER = '__debezium.newkey';
const OLD_KEY_HEADER = '__debezium.oldkey';

export interface EncodeOptions {
  readonly tombstones: boolean;
  /** An UPDATE that changed nothing captured is left out, where a full old row tells. */
  readonly skipUnchanged: boolean;
  /** Upper bound of one envelope, bytes: the topic would refuse a larger one. */
  readonly recordBytesMax: number;
}

/** 'outdated': nothing was written, and the output's findings tell what the table's shape does not know. */
export type EncodeOutcome = 'encoded' | 'skipped' | 'waiting' | 'dead-letter' | 'outdated';
export type EncodeChange = (
  table: CapturedTable,
  change: RowChange,
  batch: ChangeBatch,
) => EncodeOutcome;

/** A table without a key keeps its order by having one partition. */
const partitionOf = (key: Buffer | null, partitions: number): number =>
  key === null || partitions === 1 ? 0 : partitionForKey(key, partitions);

const isValueInvalid = (error: unknown): error is MillraceError =>
  error instanceof MillraceError && error.code === 'cdc.value-invalid';

/** A key without the id of its schema, which may change while the key does not. */
const keyText = (key: Buffer): string => key.toString('hex', FRAME_HEADER_BYTES);

export const createEncodeChange = (options: EncodeOptions, blocked: BlockedKeys): EncodeChange => {
  const keyOf = (table: CapturedTable, row: Tuple, batch: ChangeBatch): Buffer | null => {
    if (table.shape.keyColumns.length === 0) return null;
    const { out } = batch;
    const start = out.position;
    table.writer.writeKey(out, row);
    return out.bytes.subarray(start, out.position);
  };

  const envelopeOf = (
    table: CapturedTable,
    change: RowChange,
    op: Operation,
    before: Tuple | undefined,
    after: Tuple | undefined,
    batch: ChangeBatch,
  ): Buffer => {
    const { out } = batch;
    const start = out.position;
    table.writer.writeEnvelope(out, {
      op,
      before,
      after,
      unchangedFrom: change.oldKind === 'full' ? change.old : undefined,
      ...change.source,
    });
    const length = out.position - start;
    if (length > options.recordBytesMax) {
      throw new MillraceError(
        'cdc.value-invalid',
        `the record would take ${length} bytes; ${options.recordBytesMax} are allowed`,
      );
    }
    return out.bytes.subarray(start, out.position);
  };

  /** Headers of the record just written, with the values that Avro could not say. */
  const headersOf = (batch: ChangeBatch, more?: RecordHeaders): RecordHeaders | undefined => {
    const { specialValues } = batch.out;
    if (specialValues.length === 0) return more;
    batch.out.specialValues = [];
    return { ...more, [SPECIAL_VALUES_HEADER]: [...new Set(specialValues)].join(',') };
  };

  const record = (
    key: Buffer | null,
    value: Buffer | null,
    headers: RecordHeaders | undefined,
  ): OutgoingRecord => (headers === undefined ? { key, value } : { key, value, headers });

  const encodeRecords = (
    table: CapturedTable,
    change: RowChange,
    batch: ChangeBatch,
  ): readonly OutgoingRecord[] => {
    const { op, old, row, oldKind } = change;
    if (row === undefined) {
      const key = old === undefined ? null : keyOf(table, old, batch);
      const value = envelopeOf(table, change, op, old, undefined, batch);
      const deleted = record(key, value, headersOf(batch));
      return op === 'd' && key !== null && options.tombstones
        ? [deleted, record(key, null, undefined)]
        : [deleted];
    }
    const key = keyOf(table, row, batch);
    if (key !== null && old !== undefined) {
      const oldKey = keyOf(table, old, batch);
      if (oldKey !== null && !oldKey.equals(key)) {
        return encodeKeyChange(table, change, batch, oldKey, key);
      }
    }
    // under the default identity an old row is sent only for a key change
    const before = oldKind === undefined ? undefined : old;
    const value = envelopeOf(table, change, op, before, row, batch);
    return [record(key, value, headersOf(batch))];
  };

  const encodeKeyChange = (
    table: CapturedTable,
    change: RowChange,
    batch: ChangeBatch,
    oldKey: Buffer,
    newKey: Buffer,
  ): readonly OutgoingRecord[] => {
    const gone = envelopeOf(table, change, 'd', change.old, undefined, batch);
    const newKeyHeader = { [NEW_KEY_HEADER]: table.writer.keyText(newKey) };
    const goneHeaders = headersOf(batch, newKeyHeader);
    const come = envelopeOf(table, change, 'c', undefined, change.row, batch);
    const comeHeaders = headersOf(batch, { [OLD_KEY_HEADER]: table.writer.keyText(oldKey) });
    return [
      record(oldKey, gone, goneHeaders),
      ...(options.tombstones ? [record(oldKey, null, newKeyHeader)] : []),
      record(newKey, come, comeHeaders),
    ];
  };

  /** The record with the new row, the last one, is completed later when values were not sent. */
  const deferUnsent = (
    table: CapturedTable,
    { op, old, oldKind, row, source }: RowChange,
    records: readonly OutgoingRecord[],
    batch: ChangeBatch,
  ): void => {
    const record = records.at(-1);
    if (row === undefined || record === undefined || oldKind === 'full') return;
    const missing = unsentColumns(table, row);
    if (missing.length === 0) return;
    const isKeyChange = records.length > 1;
    const before = isKeyChange || old === undefined ? undefined : keepTuple(old);
    const kept = { op: isKeyChange ? 'c' : op, before, after: keepTuple(row) } as const;
    batch.defer({
      ...{ table, record, missing },
      parts: { ...kept, unchangedFrom: undefined, ...source },
    });
  };

  /** The keys that a change is of: the row's and, when it moved, the old one. None where none can be told. */
  const keysOf = (
    table: CapturedTable,
    { old, row }: RowChange,
    batch: ChangeBatch,
  ): readonly Buffer[] => {
    const start = batch.out.position;
    try {
      const keys = [row, old].flatMap((tuple) => {
        const key = tuple === undefined ? null : keyOf(table, tuple, batch);
        return key === null ? [] : [Buffer.from(key)];
      });
      return keys.length === 2 && keys[0]?.equals(keys[1] as Buffer) ? keys.slice(1) : keys;
    } catch (error) {
      if (isValueInvalid(error)) return [];
      throw error;
    } finally {
      batch.out.position = start;
      batch.out.specialValues = [];
      batch.out.findings = [];
    }
  };

  const kill = (
    table: CapturedTable,
    change: RowChange,
    batch: ChangeBatch,
    reason: Parameters<typeof deadLetterOf>[3],
  ): void => {
    const keys = keysOf(table, change, batch);
    batch.add(deadTopic('cdc'), 0, deadLetterOf(table, change, keys[0] ?? null, reason));
    for (const key of keys) blocked.block(table.shape, keyText(key), change.source.lsn, batch);
  };

  /** What a change of a blocked key waits for; a change that tells the whole row does not wait. */
  const waitsFor = (
    table: CapturedTable,
    change: RowChange,
    keys: readonly Buffer[],
  ): string | undefined => {
    const { oldKind, row } = change;
    const isWhole =
      row === undefined || oldKind === 'full' || unsentColumns(table, row).length === 0;
    if (isWhole) return undefined;
    return keys
      .map((key) => blocked.waitsFor(table.shape, keyText(key)))
      .find((lsn) => lsn !== undefined);
  };

  /**
   * Whether the shape is to be made anew for the row. A snapshot's shape is as new as its rows can be: a label may
   * have been renamed, and a null may stand in a row that was changed before the column became NOT NULL.
   */
  const isOutdated = (table: CapturedTable, { op }: RowChange, batch: ChangeBatch): boolean => {
    if (op !== 'r') return true;
    const found = batch.out.findings.find(({ kind }) => kind === 'null');
    batch.out.findings = [];
    if (found?.kind !== 'null') return false;
    throw new MillraceError(
      'cdc.value-invalid',
      `"${table.shape.table}" has a null in "${found.column}", which is NOT NULL by now: the change behind it tells the row`,
    );
  };

  return function encodeChange(table, change, batch) {
    if (table.incompatible !== undefined) {
      const reason = incompatibleError(table, table.incompatible);
      batch.add(deadTopic('cdc'), 0, deadLetterOf(table, change, null, reason));
      return 'dead-letter';
    }
    const { oldKind, old, row } = change;
    const maySkip = options.skipUnchanged && blocked.size === 0;
    if (maySkip && oldKind === 'full' && old !== undefined && row !== undefined) {
      if (isUnchangedRow(table.shape, old, row)) return 'skipped';
    }
    // both rows and both keys may be written twice
    batch.makeRoom(2 * table.writer.bytesMax(change.raw.length));
    const keys = blocked.size === 0 ? [] : keysOf(table, change, batch);
    const lsn = keys.length === 0 ? undefined : waitsFor(table, change, keys);
    if (lsn !== undefined) {
      kill(table, change, batch, { waitsFor: lsn });
      return 'waiting';
    }
    const start = batch.out.position;
    try {
      const records = encodeRecords(table, change, batch);
      if (batch.out.findings.length > 0 && isOutdated(table, change, batch)) {
        batch.out.position = start;
        batch.out.specialValues = [];
        return 'outdated';
      }
      for (const one of records) {
        batch.add(table.topic, partitionOf(one.key, table.partitions), one);
      }
      if (table.rereads) deferUnsent(table, change, records, batch);
    } catch (error) {
      if (!isValueInvalid(error)) throw error;
      batch.out.position = start;
      batch.out.specialValues = [];
      batch.out.findings = [];
      kill(table, change, batch, error);
      return 'dead-letter';
    }
    for (const key of keys) blocked.release(table.shape, keyText(key), batch);
    return 'encoded';
  };
};
