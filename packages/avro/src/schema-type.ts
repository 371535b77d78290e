import { MillraceError } from '@millrace/contracts';
import avro from 'avsc';
import { exactLongHook } from './exact-long.ts';

/** avsc's tree of types of a schema, with longs that are exact. Throws `avro.schema-unusable`. */
export const parseSchemaType = (schemaText: string): avro.Type => {
  try {
    return avro.Type.forSchema(JSON.parse(schemaText), { typeHook: exactLongHook });
  } catch (cause) {
    throw new MillraceError(
      'avro.schema-unusable',
      `the schema cannot be compiled: ${(cause as Error).message}`,
      { cause },
    );
  }
};

/**
 * What is wrong with a value, by paths and expected types and without its content. Of what avsc finds, the caller
 * may know better.
 */
export const describeInvalid = (
  type: avro.Type,
  value: unknown,
  isFine: (member: unknown, expected: avro.Type) => boolean = () => false,
): string => {
  const problems: string[] = [];
  const errorHook = (path: string[], member: unknown, expected: avro.Type): void => {
    if (isFine(member, expected)) return;
    problems.push(`/${path.join('/')}: expected ${expected.typeName.replace('abstract:', '')}`);
  };
  try {
    type.isValid(value, { errorHook });
  } catch {
    // avsc throws for a bigint where an int should be, and for a value that holds itself.
    problems.push('a value that has no place in a record');
  }
  return `the value does not fit its schema: ${problems.slice(0, 5).join('; ')}`;
};
