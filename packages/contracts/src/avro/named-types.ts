import type { AvroEnum, AvroFixed, AvroNode, AvroPrimitive } from '../avro-schema.ts';
import { parseLogical } from './logical-types.ts';
import { SchemaFault, type SchemaPath } from './schema-fault.ts';
import { checkName, definedFullName, typeAliases } from './schema-names.ts';

/**
 * Definitions of named types: the scope that remembers them, and the two that hold no other types, enum
 * and fixed. Records are in parse-schema.ts, because they recurse.
 */
export const primitives: readonly string[] = [
  'null',
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'bytes',
  'string',
] satisfies AvroPrimitive[];

export const isPrimitive = (name: unknown): name is AvroPrimitive =>
  typeof name === 'string' && primitives.includes(name);

export interface Scope {
  readonly namespace: string;
  /** Named types by full name; `open` while the definition is being read. */
  readonly named: Map<string, AvroNode | 'open'>;
}

export const fault = (path: SchemaPath, rule: string, message: string, remedy: string) =>
  new SchemaFault({ path, rule, message, remedy });

export const without = (definition: Record<string, unknown>, keys: readonly string[]) =>
  Object.fromEntries(Object.entries(definition).filter(([key]) => !keys.includes(key)));

export const docOf = (definition: Record<string, unknown>, path: SchemaPath): { doc?: string } => {
  const doc = definition['doc'];
  if (doc === undefined) return {};
  if (typeof doc !== 'string') {
    throw fault([...path, 'doc'], 'doc-not-text', 'doc must be a string.', 'Quote the text.');
  }
  return { doc };
};

export const define = <Node extends AvroNode>(
  fullName: string,
  scope: Scope,
  path: SchemaPath,
  build: () => Node,
): Node => {
  if (scope.named.has(fullName) || isPrimitive(fullName)) {
    throw fault(
      [...path, 'name'],
      'name-duplicate',
      `${fullName} is defined twice.`,
      'Define it once and refer to it by name, or give the second another name.',
    );
  }
  scope.named.set(fullName, 'open');
  const node = build();
  scope.named.set(fullName, node);
  return node;
};

export const logicalKeys = (logical: { name: string } | undefined): readonly string[] => {
  if (logical === undefined) return [];
  return logical.name === 'decimal' ? ['logicalType', 'precision', 'scale'] : ['logicalType'];
};

export const parseEnum = (
  document: Record<string, unknown>,
  scope: Scope,
  path: SchemaPath,
): AvroEnum => {
  const fullName = definedFullName(document, scope.namespace, path);
  return define(fullName, scope, path, () => {
    const list = document['symbols'];
    if (!Array.isArray(list) || list.length === 0) {
      throw fault(path, 'symbols-missing', `Enum ${fullName} has no symbols.`, 'Add "symbols".');
    }
    const symbols = list.map((symbol, index) => checkName(symbol, [...path, 'symbols', index]));
    if (new Set(symbols).size !== symbols.length) {
      throw fault(
        [...path, 'symbols'],
        'symbol-duplicate',
        `Enum ${fullName} names a symbol twice.`,
        'Remove the duplicate.',
      );
    }
    const fallback = document['default'];
    if (fallback !== undefined && !symbols.includes(fallback as string)) {
      throw fault(
        [...path, 'default'],
        'default-invalid',
        `The default of enum ${fullName} is ${JSON.stringify(fallback)}, which is not one of its symbols.`,
        `Use one of ${symbols.join(', ')}.`,
      );
    }
    const aliases = typeAliases(document, fullName, path);
    return {
      kind: 'enum',
      fullName,
      ...docOf(document, path),
      aliases,
      symbols,
      ...(fallback === undefined ? {} : { default: fallback as string }),
    };
  });
};

export const parseFixed = (
  document: Record<string, unknown>,
  scope: Scope,
  path: SchemaPath,
): AvroFixed => {
  const fullName = definedFullName(document, scope.namespace, path);
  return define(fullName, scope, path, () => {
    const size = document['size'];
    if (!Number.isSafeInteger(size) || (size as number) < 1) {
      throw fault(
        [...path, 'size'],
        'fixed-size-invalid',
        `Fixed ${fullName} has size ${JSON.stringify(size)}.`,
        'Give the number of bytes, from 1.',
      );
    }
    const logical = parseLogical(document, 'fixed', size as number, path);
    const known = ['type', 'name', 'namespace', 'aliases', 'size', 'doc'];
    return {
      kind: 'fixed',
      fullName,
      size: size as number,
      aliases: typeAliases(document, fullName, path),
      ...(logical === undefined ? {} : { logical }),
      props: without(document, [...known, ...logicalKeys(logical)]),
    };
  });
};
