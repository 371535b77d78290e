import { MillraceError } from '@millrace/contracts';
import type avro from 'avsc';
import { describeInvalid, parseSchemaType } from '../schema-type.ts';
import { kindOf } from './read-plan.ts';
import { makeWriter } from './writer-code.ts';

/**
 * Writes a record's datum (without wire header) into `buffer` from `at` on, and returns the position behind it,
 * or -1 when it may not fit: what was written is then worthless, and the caller tries a larger buffer. Near its
 * end a buffer may be found too small by some bytes a field. Throws `avro.value-invalid` naming paths, never values.
 */
export type RecordWriter<Value = unknown> = (value: Value, buffer: Buffer, at: number) => number;

/**
 * Compiles a writer of records: the bytes that `compileWriter` gives, without a buffer of their own. A member that
 * is undefined takes its field's default. Bytes may be any Uint8Array. Of a union such as int and long, the first
 * branch that takes a number has it. Throws `avro.schema-unusable` for what is no schema of a record.
 */
export const compileRecordWriter = <Value = unknown>(schemaText: string): RecordWriter<Value> => {
  const type = parseSchemaType(schemaText);
  if (kindOf(type) !== 'record') {
    throw new MillraceError('avro.schema-unusable', 'the schema is not a record');
  }
  const write = makeWriter(type as avro.types.RecordType);
  return (value, buffer, at) => {
    try {
      return write(value, buffer, at);
    } catch {
      throw new MillraceError('avro.value-invalid', describeInvalid(type, value, isBytes));
    }
  };
};

/** avsc takes a Buffer and no other array of bytes. */
const isBytes = (member: unknown, expected: avro.Type): boolean => {
  if (!(member instanceof Uint8Array)) return false;
  const { typeName } = expected;
  if (typeName === 'union:unwrapped') {
    const { types } = expected as avro.types.UnwrappedUnionType;
    return types.some((branch) => isBytes(member, branch));
  }
  if (typeName === 'fixed') return (expected as avro.types.FixedType).size === member.length;
  return typeName === 'bytes';
};
