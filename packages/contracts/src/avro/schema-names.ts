import { isObject, SchemaFault, type SchemaPath } from './schema-fault.ts';

/**
 * Names and namespaces (Avro specification 1.12, "Names"). Knows nothing of what a name stands for.
 */
const namePattern = /^[A-Za-z_][A-Za-z0-9_]*$/;
const namePatternText = 'letters, digits and _, not beginning with a digit';

export const isSchemaName = (name: string): boolean => namePattern.test(name);

const isFullName = (name: string): boolean => name.split('.').every(isSchemaName);

export const checkName = (value: unknown, path: SchemaPath): string => {
  if (typeof value !== 'string' || !isSchemaName(value)) {
    throw new SchemaFault({
      path,
      rule: 'name-invalid',
      message: `${JSON.stringify(value)} is not an Avro name: ${namePatternText}.`,
      remedy: 'Rename it; an alias keeps the old name readable.',
    });
  }
  return value;
};

const checkFullName = (value: unknown, path: SchemaPath): string => {
  if (typeof value !== 'string' || !isFullName(value)) {
    throw new SchemaFault({
      path,
      rule: 'name-invalid',
      message: `${JSON.stringify(value)} is not an Avro full name: parts of ${namePatternText}, joined by dots.`,
      remedy: 'Rename it; an alias keeps the old name readable.',
    });
  }
  return value;
};

export const qualify = (name: string, namespace: string): string =>
  name.includes('.') || namespace === '' ? name : `${namespace}.${name}`;

export const namespaceOf = (fullName: string): string =>
  fullName.includes('.') ? fullName.slice(0, fullName.lastIndexOf('.')) : '';

/** The full name of a definition: a dotted name wins, then its namespace, then the enclosing one. */
export const definedFullName = (
  definition: Record<string, unknown>,
  enclosingNamespace: string,
  path: SchemaPath,
): string => {
  const name = checkFullName(definition['name'], [...path, 'name']);
  if (name.includes('.')) return name;
  const namespace = definition['namespace'];
  if (namespace === undefined) return qualify(name, enclosingNamespace);
  if (namespace === '') return name;
  return qualify(name, checkFullName(namespace, [...path, 'namespace']));
};

const aliasList = (definition: unknown, path: SchemaPath): readonly unknown[] => {
  const aliases = isObject(definition) ? definition['aliases'] : undefined;
  if (aliases === undefined) return [];
  if (!Array.isArray(aliases)) {
    throw new SchemaFault({
      path: [...path, 'aliases'],
      rule: 'aliases-not-a-list',
      message: 'aliases must be a list of names.',
      remedy: 'Write "aliases": ["old_name"].',
    });
  }
  return aliases;
};

/** Aliases of a named type, as full names relative to its namespace. */
export const typeAliases = (
  definition: Record<string, unknown>,
  fullName: string,
  path: SchemaPath,
): readonly string[] =>
  aliasList(definition, path).map((alias, index) =>
    qualify(checkFullName(alias, [...path, 'aliases', index]), namespaceOf(fullName)),
  );

export const fieldAliases = (
  definition: Record<string, unknown>,
  path: SchemaPath,
): readonly string[] =>
  aliasList(definition, path).map((alias, index) => checkName(alias, [...path, 'aliases', index]));
