/** Values for examples: the contract's own where it gives some, else made of the type. */
import { type AvroNode, type Contract, quoteText } from '@millrace/contracts';
import { withoutNull } from './type-text.ts';

const madeUp = (type: AvroNode): unknown => {
  const { node, isNullable } = withoutNull(type);
  if ('logical' in node && node.logical !== undefined) {
    const { name } = node.logical;
    if (name === 'date') return '2026-01-31';
    if (name.startsWith('time-')) return '12:30:00';
    if (name.startsWith('local-timestamp')) return '2026-01-31T12:30:00';
    if (name.startsWith('timestamp')) return '2026-01-31T12:30:00Z';
    return name === 'uuid' ? '0190a5b4-0000-7000-8000-000000000000' : '0';
  }
  switch (node.kind) {
    case 'null':
      return null;
    case 'boolean':
      return true;
    case 'int':
    case 'long':
    case 'float':
    case 'double':
      return 0;
    case 'enum':
      return node.symbols[0];
    case 'array':
      return [];
    case 'map':
      return {};
    case 'record':
      return Object.fromEntries(node.fields.map(({ name, type: inner }) => [name, madeUp(inner)]));
    case 'union':
      return isNullable ? null : madeUp(node.branches[0]!);
    default:
      return 'text';
  }
};

/** As JSON has it and the door takes it. */
export const exampleOf = ({ about, record }: Contract, field: string): unknown => {
  const given = about.fields[field]?.examples[0];
  if (given !== undefined) return given;
  const found = record.fields.find(({ name }) => name === field);
  return found === undefined ? null : madeUp(found.type);
};

/** A whole event; fields that may be left out are in it only where the contract gives an example. */
export const exampleEvent = (contract: Contract): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    contract.record.fields
      .filter(
        ({ name, default: value }) =>
          value === undefined || contract.about.fields[name]?.examples[0] !== undefined,
      )
      .map(({ name }) => [name, exampleOf(contract, name)]),
  );

/** As SQL writes it: what is no number is text, which ClickHouse reads as the column's type. */
export const exampleSql = (contract: Contract, field: string): string => {
  const value = exampleOf(contract, field);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return quoteText(text.replace(/^(\d{4}-\d{2}-\d{2})T([\d:.]+)Z$/, '$1 $2'));
};
