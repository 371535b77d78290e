/**
 * What of a contract does not agree with the table that it names. Only who reads the table can see it, and rows would be wrong in
 * the warehouse without a word: so it is said.
 */
import type { Contract } from '@millrace/contracts';
import { avroFieldNames } from '../envelope/avro-name.ts';
import type { TableShape } from '../envelope/table-shape.ts';

/** Sentences; none when all is well. A field without a default is another matter: rows without it are refused. */
export const contractDoubts = (
  { key, record }: Contract,
  { columns, keyColumns }: TableShape,
): readonly string[] => {
  const names = avroFieldNames(columns.map(({ name }) => name));
  const lacking = record.fields
    .filter((field) => field.default !== undefined && !names.includes(field.name))
    .map(({ name }) => name);
  const tableKey = keyColumns.map((index) => names[index] as string);
  const isSameKey = key.length === tableKey.length && key.every((name) => tableKey.includes(name));
  const keyText = tableKey.length === 0 ? 'none' : tableKey.join(', ');
  return [
    ...(lacking.length === 0
      ? []
      : [
          `the table sends no ${lacking.join(', ')}: there is no such column, a rule leaves it out, or it is generated, which PostgreSQL does not publish; the default shows`,
        ]),
    ...(isSameKey
      ? []
      : [
          `the contract's key is ${key.join(', ')}, and the table's is ${keyText}: rows of one key replace each other in a dimension, and a delete may find none`,
        ]),
  ];
};
