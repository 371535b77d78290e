/**
 * A writer's schema as the contract takes what it wrote. Bytes that the contract has as text must be text; Avro's
 * rules would turn what is none into replacement characters without a word. And logical types that are left out: some implementations drop them from what they write
 * (avsc from its files), and a bare long where the contract has a timestamp is taken for one, as a bare number in JSON
 * is. A logical type that differs stays and is judged.
 */
import type { AvroNode, AvroRecord } from '@millrace/contracts';

/** Goes along both schemas; where they part, the writer's stays as it is. */
export const adoptMeaning = (writer: AvroNode, contract: AvroNode): AvroNode => {
  if (contract.kind === 'union') {
    if (writer.kind === 'union')
      return {
        ...writer,
        branches: writer.branches.map((branch) => adoptFrom(branch, contract.branches)),
      };
    return adoptFrom(writer, contract.branches);
  }
  if (writer.kind === 'union')
    return { ...writer, branches: writer.branches.map((branch) => adoptMeaning(branch, contract)) };
  // Both are a length and bytes.
  if (isTextOrBytes(writer) && isTextOrBytes(contract) && writer.kind !== contract.kind)
    return contract;
  if (writer.kind !== contract.kind) return writer;
  switch (writer.kind) {
    case 'record':
      return adoptInFields(writer, contract as AvroRecord);
    case 'array':
      return { ...writer, items: adoptMeaning(writer.items, (contract as typeof writer).items) };
    case 'map':
      return { ...writer, values: adoptMeaning(writer.values, (contract as typeof writer).values) };
    case 'enum':
      return writer;
    default: {
      const { logical } = contract as typeof writer;
      return writer.logical === undefined && logical !== undefined
        ? { ...writer, logical }
        : writer;
    }
  }
};

/** From the one branch that it can mean. */
const adoptFrom = (writer: AvroNode, branches: readonly AvroNode[]): AvroNode => {
  const same = branches.filter(({ kind }) => kind === writer.kind);
  const alike = same.length === 0 && isTextOrBytes(writer) ? branches.filter(isTextOrBytes) : same;
  return alike.length === 1 ? adoptMeaning(writer, alike[0]!) : writer;
};

const isTextOrBytes = ({ kind }: AvroNode): boolean => kind === 'string' || kind === 'bytes';

const adoptInFields = (writer: AvroRecord, contract: AvroRecord): AvroRecord => ({
  ...writer,
  fields: writer.fields.map((field) => {
    const meant = contract.fields.find(
      ({ name, aliases }) => name === field.name || aliases.includes(field.name),
    );
    return meant === undefined ? field : { ...field, type: adoptMeaning(field.type, meant.type) };
  }),
});
