import { MillraceError } from '@millrace/contracts';
import type avro from 'avsc';
import { parseSchemaType } from '../schema-type.ts';
import { type DatumCursor, invalidDatum } from './datum-cursor.ts';
import { planReading, planSame, type ReadPlan, type RecordPlan } from './read-plan.ts';
import { type Longs, type MadeReader, type MissingField, makeReader } from './reader-code.ts';

/**
 * Reads the datum (without wire header) from `start` to before `end`, in place. Throws `avro.datum-invalid`
 * when the bytes there are not exactly one datum, and `avro.long-unsafe` as the option `longs` says.
 */
export type RecordReader<Value = Record<string, unknown>> = (
  bytes: Buffer,
  start: number,
  end: number,
) => Value;

export interface RecordReaderOptions {
  /** The shape that values are wanted in; the writer's when absent. */
  readonly readerSchemaText?: string;
  /** Only these fields of the record, by their names in the shape that is wanted; all when absent. */
  readonly fields?: readonly string[];
  /**
   * What a long is: `exact`, a number while it is a safe integer and a bigint beyond (the default); `number`,
   * where one that is not safe throws `avro.long-unsafe`; `bigint`, always.
   */
  readonly longs?: Longs;
}

/**
 * Compiles a reader of records written with `schemaText`: the values that `compileReader` gives, as plain
 * objects, several times as fast. Fields that are not asked for are passed over; they are checked all the same,
 * since only at the end of a datum is it known that it was one. Compiling costs a millisecond: keep the reader.
 * Throws `avro.schema-unusable` for what is no schema of a record or cannot be read as asked.
 */
export const compileRecordReader = <Value = Record<string, unknown>>(
  schemaText: string,
  { readerSchemaText, fields, longs = 'exact' }: RecordReaderOptions = {},
): RecordReader<Value> => {
  const writer = parseSchemaType(schemaText);
  const reader = readerSchemaText === undefined ? writer : parseSchemaType(readerSchemaText);
  const plan = onlyFields(planReading(writer, reader), fields);
  const cursor: DatumCursor = { at: 0 };
  const read = makeReader(plan, {
    cursor,
    longs,
    defaultOf: (field) => makeDefault(field, longs),
  }) as MadeReader;
  return (bytes, start, end) => {
    cursor.at = start;
    let value: Record<string, unknown>;
    try {
      value = read(bytes, end);
    } catch (cause) {
      if (cause instanceof MillraceError) throw cause;
      // A number cut off at the end of the buffer, or records in one another deeper than the stack.
      throw invalidDatum((cause as Error).message);
    }
    if (cursor.at !== end) throw invalidDatum('too short or too long');
    return value as Value;
  };
};

const onlyFields = (plan: RecordPlan, fields: readonly string[] | undefined): RecordPlan => {
  if (fields === undefined) return plan;
  const wanted = new Set(fields);
  const results = plan.results.filter(({ name }) => wanted.has(name));
  for (const name of wanted) {
    if (!results.some((result) => result.name === name)) {
      throw new MillraceError('avro.schema-unusable', `the record has no field ${name}`);
    }
  }
  const slots = new Set(results.flatMap((result) => ('slot' in result ? [result.slot] : [])));
  const written = plan.written.map(({ type, targets }) => ({
    type,
    targets: targets.filter(({ slot }) => slots.has(slot)),
  }));
  return { kind: 'record', written, results };
};

/** A default is read from its own bytes, so that it has the shape of a value that was written. */
const makeDefault = ({ missing }: MissingField, longs: Longs): (() => unknown) => {
  const { type } = missing as avro.types.Field;
  const value: ReadPlan = planSame(type);
  const holder: RecordPlan = {
    kind: 'record',
    written: [{ type: value, targets: [{ slot: 0, plan: value }] }],
    results: [{ name: 'value', slot: 0 }],
  };
  const cursor: DatumCursor = { at: 0 };
  const read = makeReader(holder, {
    cursor,
    longs,
    defaultOf: (field) => makeDefault(field, longs),
  });
  const bytes = type.toBuffer((missing as avro.types.Field).defaultValue());
  return () => {
    cursor.at = 0;
    return read(bytes, bytes.length)['value'];
  };
};
