import type { AvroNode, AvroRecord } from '../avro-schema.ts';
import { isObject } from './schema-fault.ts';

/**
 * Whether a JSON value is a valid default of a type (Avro specification 1.12, "Complex Types: Records").
 * A union's default must fit its first branch: version 1.12 would take any branch, but readers in the
 * field (avsc, Java before 1.12) refuse that.
 */
const int32Max = 2 ** 31 - 1;
const int32Min = -(2 ** 31);
/** One less than JSON carries exactly: avsc, with which the door and transforms read schemas, refuses 2^53 - 1. */
const longMax = 2 ** 53 - 2;

const isByteText = (value: unknown, size?: number): boolean =>
  typeof value === 'string' &&
  [...value].every((character) => (character.codePointAt(0) ?? 256) <= 255) &&
  (size === undefined || [...value].length === size);

const recordDefaultFault = (record: AvroRecord, value: unknown): string | undefined => {
  if (!isObject(value)) return `an object with the fields of ${record.fullName}`;
  for (const field of record.fields) {
    if (Object.hasOwn(value, field.name)) {
      const fault = defaultFault(field.type, value[field.name]);
      if (fault !== undefined) return `${fault} for ${field.name}`;
    } else if (field.default === undefined) {
      return `a value for ${field.name}`;
    }
  }
  return undefined;
};

const elementsFault = (elements: readonly unknown[], node: AvroNode): string | undefined => {
  for (const element of elements) {
    const fault = defaultFault(node, element);
    if (fault !== undefined) return `${fault} in each element`;
  }
  return undefined;
};

/** What the default should have been, in words; `undefined` when it fits. */
export const defaultFault = (node: AvroNode, value: unknown): string | undefined => {
  const expect = (fits: boolean, words: string) => (fits ? undefined : words);
  switch (node.kind) {
    case 'null':
      return expect(value === null, 'null');
    case 'boolean':
      return expect(typeof value === 'boolean', 'true or false');
    case 'int':
      return expect(
        Number.isInteger(value) && (value as number) >= int32Min && (value as number) <= int32Max,
        'a whole number of 32 bits',
      );
    case 'long':
      return expect(
        Number.isInteger(value) && Math.abs(value as number) <= longMax,
        'a whole number that JSON carries exactly (less than 2^53 - 1)',
      );
    case 'float':
    case 'double':
      return expect(typeof value === 'number', 'a number');
    case 'string':
      return expect(typeof value === 'string', 'a string');
    case 'bytes':
      return expect(isByteText(value), 'a string of code points up to 255, one a byte');
    case 'fixed':
      return expect(isByteText(value, node.size), `a string of ${node.size} code points up to 255`);
    case 'enum':
      return expect(node.symbols.includes(value as string), `one of ${node.symbols.join(', ')}`);
    case 'array':
      return Array.isArray(value) ? elementsFault(value, node.items) : 'a list';
    case 'map':
      return isObject(value) ? elementsFault(Object.values(value), node.values) : 'an object';
    case 'record':
      return recordDefaultFault(node, value);
    case 'union': {
      const first = node.branches[0] as AvroNode;
      const fault = defaultFault(first, value);
      return fault === undefined
        ? undefined
        : `${fault} (the union's first branch is ${first.kind})`;
    }
  }
};
