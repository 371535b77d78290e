import { compileRecordReader, FRAME_HEADER_BYTES, frameSchemaId } from '@millrace/avro';
import { keyText, MillraceError } from '@millrace/contracts';
import { type RecordPack, recordKey, recordKeyText } from '@millrace/kafka';
import { eventTimeOf } from '@millrace/streams';
import type { SourcePlan } from '../plan/transform-plan.ts';
import {
  createSchemaReaders,
  recordNameIn,
  type SchemaReaders,
  type SchemaReadersOptions,
  type SchemaVerdict,
} from './schema-readers.ts';

/** One record as a source reads it; filled anew for each. */
export interface ReadRecord {
  key: string | null;
  value: unknown;
  timeMs: number;
}

/** Reads records of one source out of packs, in place. */
export interface SourceReader {
  /**
   * `read`: `into` holds the record. `skip`: it is passed over. `unknown`: its schema must be learned first.
   * Throws a MillraceError for a record that cannot be read.
   */
  read(pack: RecordPack, index: number, into: ReadRecord): 'read' | 'skip' | 'unknown';
  /** Learns the schemas that the record names. */
  learn(pack: RecordPack, index: number, signal: AbortSignal): Promise<void>;
}

export type SourceReaderOptions = Omit<SchemaReadersOptions, 'judge'>;

/** Throws `transform.invalid` for options that the contract does not allow. */
export const createSourceReader = (
  source: SourcePlan,
  options: SourceReaderOptions,
): SourceReader =>
  source.contract.source.kind === 'change'
    ? rowReader(source, options)
    : eventReader(source, options);

const unframed = () =>
  new MillraceError('transform.record-unreadable', 'the record is not framed Avro');

const truncated = (contract: string) =>
  new MillraceError(
    'transform.table-truncated',
    `the captured table of ${contract} was emptied by TRUNCATE; the rows that the transform keeps of it stay`,
  );

const aheadDefaultMs = 366 * 24 * 3_600_000;

/**
 * Event time only grows, so one record of the year 9999, or of microseconds where milliseconds are meant, would close every window
 * and make all that follow late. It is measured against the record's own timestamp and not the clock: a replay must judge as the
 * live run did.
 */
const timeFieldOf = ({ node, contract }: SourcePlan) => {
  const { timeField, aheadMs = aheadDefaultMs } = node.options;
  if (timeField === undefined) return undefined;
  const timeOf = eventTimeOf(contract.record, timeField);
  return (value: Readonly<Record<string, unknown>>, writtenMs: number): number => {
    const timeMs = timeOf(value);
    if (timeMs - writtenMs > aheadMs) throw timeAhead(timeField, timeMs, writtenMs);
    return timeMs;
  };
};

const timeAhead = (field: string, timeMs: number, writtenMs: number) =>
  new MillraceError(
    'transform.time-ahead',
    `the field ${field} is ${Math.floor((timeMs - writtenMs) / 86_400_000)} days ahead of the time at which the record was written`,
  );

/** Readers of the values of an event or derived contract, by the schema each was written with. */
export const eventSchemas = (
  { node, contract }: SourcePlan,
  options: SourceReaderOptions,
): SchemaReaders => {
  const { fields, longs, others, timeField } = node.options;
  const wanted =
    fields === undefined || timeField === undefined ? fields : [...new Set([...fields, timeField])];
  return createSchemaReaders({
    ...options,
    judge(schemaText): SchemaVerdict {
      if (recordNameIn(schemaText) !== contract.record.fullName) return otherSchema(others);
      const read = compileRecordReader(schemaText, {
        longs,
        ...(wanted !== undefined && { fields: wanted }),
        ...(schemaText !== contract.schemaText && { readerSchemaText: contract.schemaText }),
      });
      return { kind: 'read', read };
    },
  });
};

/** Records of an event or derived contract: the value as it stands, null where there is none. */
const eventReader = (source: SourcePlan, options: SourceReaderOptions): SourceReader => {
  const timeOf = timeFieldOf(source);
  const schemas = eventSchemas(source, options);

  return {
    read(pack, index, into) {
      const start = pack.valueStarts[index]!;
      if (start < 0) {
        into.key = recordKeyText(pack, index);
        into.value = null;
        into.timeMs = pack.timestampsMs[index]!;
        return 'read';
      }
      const end = pack.valueEnds[index]!;
      const id = frameSchemaId(pack.bytes, start, end);
      if (id === undefined) throw unframed();
      const verdict = schemas.of(id);
      if (verdict === undefined) return 'unknown';
      if (verdict.kind === 'skip') return 'skip';
      if (verdict.kind === 'refused') throw verdict.error;
      const value = verdict.read(pack.bytes, start + FRAME_HEADER_BYTES, end);
      into.key = recordKeyText(pack, index);
      into.value = value;
      into.timeMs = pack.timestampsMs[index]!;
      if (timeOf !== undefined) into.timeMs = timeOf(value, into.timeMs);
      return 'read';
    },
    learn: (pack, index, signal) =>
      schemas.learn(
        frameSchemaId(pack.bytes, pack.valueStarts[index]!, pack.valueEnds[index]!)!,
        signal,
      ),
  };
};

const otherSchema = (others: 'refuse' | 'skip'): SchemaVerdict =>
  others === 'skip'
    ? { kind: 'skip' }
    : {
        kind: 'refused',
        error: new MillraceError(
          'transform.record-unreadable',
          'the record is of another schema than the contract',
        ),
      };

interface Envelope {
  readonly op: string;
  readonly before: Record<string, unknown> | null;
  readonly after: Record<string, unknown> | null;
}

/**
 * Row changes in Debezium's envelope, keyed by the text of the primary key: as changes, or as the newest row,
 * which is null once it is gone. A truncation has no key and passes on only as a change. It is one record in one
 * partition: which rows of the others came before it nothing there tells, so a table cannot be emptied by it.
 */
const rowReader = (source: SourcePlan, options: SourceReaderOptions): SourceReader => {
  const { node, contract } = source;
  const { longs } = node.options;
  const timeOf = timeFieldOf(source);
  const values = createSchemaReaders({
    ...options,
    judge: (schemaText) => ({
      kind: 'read',
      read: compileRecordReader(schemaText, { fields: ['before', 'after', 'op'], longs }),
    }),
  });
  const keys = createSchemaReaders({
    ...options,
    judge: (schemaText) => ({ kind: 'read', read: compileRecordReader(schemaText, { longs }) }),
  });

  /** Undefined: the schema must be learned; null: there is none. */
  const keyOf = (pack: RecordPack, index: number): string | null | undefined => {
    const key = recordKey(pack, index);
    if (key === null) return null;
    const read = readerFor(keys, key, 0, key.length);
    if (read === undefined) return undefined;
    const row = read(key, FRAME_HEADER_BYTES, key.length);
    return keyText(contract.key.map((field) => row[field]));
  };

  return {
    read(pack, index, into) {
      const key = keyOf(pack, index);
      if (key === undefined) return 'unknown';
      into.key = key;
      into.timeMs = pack.timestampsMs[index]!;
      const start = pack.valueStarts[index]!;
      if (start < 0) {
        if (node.as === 'changes') return 'skip'; // says again what the deletion before it said
        into.value = null;
        return 'read';
      }
      const end = pack.valueEnds[index]!;
      const read = readerFor(values, pack.bytes, start, end);
      if (read === undefined) return 'unknown';
      const change = read(pack.bytes, start + FRAME_HEADER_BYTES, end) as unknown as Envelope;
      const row = change.after ?? change.before;
      if (timeOf !== undefined && row !== null) into.timeMs = timeOf(row, into.timeMs);
      if (node.as === 'table') {
        if (change.op === 't') throw truncated(contract.id);
        if (key === null) return 'skip';
        into.value = change.after;
      } else into.value = change;
      return 'read';
    },
    async learn(pack, index, signal) {
      const key = recordKey(pack, index);
      const keyId = key === null ? undefined : frameSchemaId(key);
      if (keyId !== undefined) await keys.learn(keyId, signal);
      const start = pack.valueStarts[index]!;
      const id = start < 0 ? undefined : frameSchemaId(pack.bytes, start, pack.valueEnds[index]!);
      if (id !== undefined) await values.learn(id, signal);
    },
  };
};

/** Undefined: not known yet. Throws for what is not framed, or of a schema that cannot be read. */
const readerFor = (schemas: SchemaReaders, bytes: Buffer, start: number, end: number) => {
  const id = frameSchemaId(bytes, start, end);
  if (id === undefined) throw unframed();
  const verdict = schemas.of(id);
  if (verdict?.kind === 'refused') throw verdict.error;
  return verdict?.kind === 'read' ? verdict.read : undefined;
};
