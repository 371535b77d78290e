/**
 * Whether the reader of a contract can read the rows of a table as it is now. Columns that Debezium gives a meaning
 * of its own (times, uuids and the like) are converted by whoever lands them, who judges them, too; all others must be
 * readable by Avro's own rules.
 */
import {
  type AvroField,
  type AvroNode,
  type AvroRecord,
  type Contract,
  checkEvolution,
  parseAvroSchemaText,
} from '@millrace/contracts';

const rowOf = (envelope: AvroNode): AvroRecord | undefined => {
  if (envelope.kind !== 'record') return undefined;
  const row = envelope.fields.find(({ name }) => name === 'before')?.type;
  if (row?.kind !== 'union') return undefined;
  return row.branches.find((branch) => branch.kind === 'record');
};

const presentValue = (type: AvroNode): AvroNode =>
  type.kind === 'union' ? (type.branches.find(({ kind }) => kind !== 'null') ?? type) : type;

/** A decimal has a name of Kafka Connect's, too, but Avro's own meaning: nobody converts it. */
const hasMeaning = ({ type }: AvroField): boolean => {
  const value = presentValue(type);
  if ('logical' in value && value.logical?.name === 'decimal') return false;
  return 'props' in value && value.props['connect.name'] !== undefined;
};

/** Why it cannot; undefined when it can. */
export const contractMisfit = (
  { id, record }: Contract,
  valueSchemaText: string,
): string | undefined => {
  const row = rowOf(parseAvroSchemaText(valueSchemaText));
  if (row === undefined) return undefined;
  const converted = new Set(row.fields.filter(hasMeaning).map(({ name }) => name));
  const plain = <Fields extends AvroRecord>(one: Fields): Fields => ({
    ...one,
    ...{ fullName: record.fullName },
    fields: one.fields.filter(({ name }) => !converted.has(name)),
  });
  const problems = checkEvolution(plain(row), plain(record), 'BACKWARD');
  if (problems.length === 0) return undefined;
  return `the contract ${id} cannot read it: ${problems.map(({ message, path }) => `${path} ${message}`).join('; ')}`;
};
