/** An Avro type in few words, for people: `string`, `timestamp-millis?`, `array<int>`. The `?` says that it may be null. */
import type { AvroNode } from '@millrace/contracts';

/** Null out of a union of two; the node as it is otherwise. */
export const withoutNull = (node: AvroNode): { node: AvroNode; isNullable: boolean } => {
  if (node.kind !== 'union') return { node, isNullable: node.kind === 'null' };
  const values = node.branches.filter(({ kind }) => kind !== 'null');
  const isNullable = values.length < node.branches.length;
  return {
    node: values.length === 1 ? values[0]! : { kind: 'union', branches: values },
    isNullable,
  };
};

export const typeText = (type: AvroNode): string => {
  const { node, isNullable } = withoutNull(type);
  const text = plainText(node);
  return isNullable && node.kind !== 'null' ? `${text}?` : text;
};

const plainText = (node: AvroNode): string => {
  if ('logical' in node && node.logical !== undefined) {
    const { logical } = node;
    return logical.name === 'decimal'
      ? `decimal(${logical.precision}, ${logical.scale})`
      : logical.name;
  }
  switch (node.kind) {
    case 'array':
      return `array<${typeText(node.items)}>`;
    case 'map':
      return `map<${typeText(node.values)}>`;
    case 'enum':
      return `enum(${node.symbols.join(' | ')})`;
    case 'fixed':
      return `fixed(${node.size})`;
    case 'record':
      return `record(${node.fields.map(({ name, type }) => `${name}: ${typeText(type)}`).join(', ')})`;
    case 'union':
      return node.branches.map(typeText).join(' | ');
    default:
      return node.kind;
  }
};
