import type { AvroNode } from '../avro-schema.ts';
import { suggestWord } from '../nearest-word.ts';
import type { ContractParts } from './contract-parts.ts';

/**
 * The ODCS properties against the fields of the record: every field documented, no property without a
 * field, and nothing said of a field that its Avro type denies.
 */
const withoutNull = (node: AvroNode): { value: AvroNode; nullable: boolean } => {
  if (node.kind !== 'union') return { value: node, nullable: node.kind === 'null' };
  const values = node.branches.filter((branch) => branch.kind !== 'null');
  const only = values.length === 1 ? values[0] : undefined;
  return { value: only ?? node, nullable: values.length < node.branches.length };
};

/** ODCS logical types that may describe an Avro node. */
const logicalTypesOf = (node: AvroNode): readonly string[] => {
  if ('logical' in node && node.logical !== undefined) {
    const { name } = node.logical;
    if (name === 'date') return ['date'];
    if (name.includes('timestamp')) return ['timestamp'];
    if (name.startsWith('time-')) return ['time'];
    return name === 'uuid' ? ['string'] : ['number'];
  }
  switch (node.kind) {
    case 'boolean':
      return ['boolean'];
    case 'int':
    case 'long':
      return ['integer'];
    case 'float':
    case 'double':
      return ['number'];
    case 'array':
      return ['array'];
    case 'map':
    case 'record':
      return ['object'];
    case 'string':
    case 'bytes':
    case 'enum':
    case 'fixed':
      return ['string'];
    default:
      return [];
  }
};

const checkProperty = (parts: ContractParts, name: string, type: AvroNode) => {
  const property = parts.properties.get(name);
  if (property === undefined) {
    parts.report(['schema', 0, 'properties'], {
      rule: 'property-missing',
      message: `Field ${name} of the record is not described.`,
      remedy: `Add a property ${name} with a description and a classification.`,
    });
    return;
  }
  const { value, nullable } = withoutNull(type);
  const { logicalType, required } = property.value;
  const fitting = logicalTypesOf(value);
  if (logicalType !== undefined && fitting.length > 0 && !fitting.includes(logicalType)) {
    parts.report([...property.path, 'logicalType'], {
      rule: 'logical-type-mismatch',
      message: `${name} is called ${logicalType}, and its Avro type is ${value.kind}.`,
      remedy: `Use ${fitting.join(' or ')}.`,
    });
  }
  if (required !== undefined && required === nullable) {
    parts.report([...property.path, 'required'], {
      rule: 'required-mismatch',
      message: `required is ${required}, and the Avro field may ${nullable ? '' : 'not '}be null.`,
      remedy: nullable
        ? 'Write required: false, or take null out of the union.'
        : 'Write required: true.',
    });
  }
};

export const checkProperties = (parts: ContractParts): void => {
  const names = parts.record.fields.map((field) => field.name);
  for (const field of parts.record.fields) checkProperty(parts, field.name, field.type);
  for (const [name, { path }] of parts.properties) {
    if (names.includes(name)) continue;
    parts.report(path, {
      rule: 'property-unknown',
      message: `${name} is not a field of ${parts.record.fullName}.`,
      remedy: suggestWord(name, names),
    });
  }
};
