import type {
  AvroField,
  AvroNode,
  AvroPrimitive,
  AvroPrimitiveNode,
  AvroRecord,
  AvroUnion,
} from '../avro-schema.ts';
import { MillraceError } from '../millrace-error.ts';
import { defaultFault } from './default-values.ts';
import { parseLogical } from './logical-types.ts';
import {
  define,
  docOf,
  fault,
  isPrimitive,
  logicalKeys,
  parseEnum,
  parseFixed,
  primitives,
  type Scope,
  without,
} from './named-types.ts';
import {
  describePath,
  isObject,
  SchemaFault,
  type SchemaPath,
  type SchemaProblem,
} from './schema-fault.ts';
import { checkName, definedFullName, fieldAliases, qualify, typeAliases } from './schema-names.ts';

/**
 * Parses an Avro schema document into the resolved tree, refusing what the specification (1.12) refuses.
 * Recursive types are legal Avro and refused here: the tree has no cycles and a table has no columns
 * for them. Evolution and the warehouse are judged elsewhere.
 */
const fieldOrders: readonly unknown[] = [undefined, 'ascending', 'descending', 'ignore'];

const parseReference = (name: string, scope: Scope, path: SchemaPath): AvroNode => {
  const found = scope.named.get(qualify(name, scope.namespace)) ?? scope.named.get(name);
  if (found === 'open') {
    throw fault(
      path,
      'recursive-type',
      `${name} refers to itself. Recursive types are legal Avro but not supported here.`,
      'Unroll the recursion to the depth you need, or carry the tree as a JSON string.',
    );
  }
  if (found === undefined) {
    throw fault(
      path,
      'type-unknown',
      `${JSON.stringify(name)} is neither a primitive type nor a type defined earlier in this file.`,
      `Primitive types are ${primitives.join(', ')}; a named type must be defined before it is used.`,
    );
  }
  return found;
};

const parseField = (document: unknown, scope: Scope, path: SchemaPath): AvroField => {
  if (!isObject(document)) {
    throw fault(
      path,
      'field-invalid',
      'A field must be an object.',
      'Write {"name": …, "type": …}.',
    );
  }
  const name = checkName(document['name'], [...path, 'name']);
  if (document['type'] === undefined) {
    throw fault(path, 'field-invalid', `Field ${name} has no type.`, 'Add "type".');
  }
  if (!fieldOrders.includes(document['order'])) {
    throw fault(
      [...path, 'order'],
      'order-invalid',
      `order is ${JSON.stringify(document['order'])}.`,
      'Use ascending, descending or ignore, or leave it out.',
    );
  }
  const type = parseNode(document['type'], scope, [...path, 'type']);
  const hasDefault = Object.hasOwn(document, 'default');
  const wrong = hasDefault ? defaultFault(type, document['default']) : undefined;
  if (wrong !== undefined) {
    throw fault(
      [...path, 'default'],
      type.kind === 'union' ? 'default-not-first-branch' : 'default-invalid',
      `The default of ${name} is ${JSON.stringify(document['default'])} and should be ${wrong}.`,
      type.kind === 'union'
        ? 'Put the branch of the default first in the union, or change the default.'
        : 'Change the default to a value of the type.',
    );
  }
  return {
    name,
    type,
    ...docOf(document, path),
    aliases: fieldAliases(document, path),
    ...(hasDefault ? { default: { value: document['default'] } } : {}),
  };
};

const parseRecord = (
  document: Record<string, unknown>,
  scope: Scope,
  path: SchemaPath,
): AvroRecord => {
  const fullName = definedFullName(document, scope.namespace, path);
  return define(fullName, scope, path, () => {
    const documents = document['fields'];
    if (!Array.isArray(documents)) {
      throw fault(
        path,
        'fields-missing',
        `Record ${fullName} has no list of fields.`,
        'Add "fields".',
      );
    }
    const inner = { ...scope, namespace: fullName.split('.').slice(0, -1).join('.') };
    const fields = documents.map((field, index) =>
      parseField(field, inner, [...path, 'fields', index]),
    );
    const seen = new Set<string>();
    for (const [index, field] of fields.entries()) {
      for (const name of [field.name, ...field.aliases]) {
        if (seen.has(name)) {
          throw fault(
            [...path, 'fields', index, 'name'],
            'field-duplicate',
            `Field name or alias ${name} is used twice in ${fullName}.`,
            'Give each field a name of its own.',
          );
        }
        seen.add(name);
      }
    }
    const aliases = typeAliases(document, fullName, path);
    return { kind: 'record', fullName, ...docOf(document, path), aliases, fields };
  });
};

const parsePrimitive = (
  document: Record<string, unknown>,
  kind: AvroPrimitive,
  path: SchemaPath,
): AvroPrimitiveNode => {
  const logical = parseLogical(document, kind, undefined, path);
  return {
    kind,
    ...(logical === undefined ? {} : { logical }),
    props: without(document, ['type', ...logicalKeys(logical)]),
  };
};

const branchIdentity = (node: AvroNode): string =>
  node.kind === 'record' || node.kind === 'enum' || node.kind === 'fixed'
    ? node.fullName
    : node.kind;

const parseUnion = (documents: readonly unknown[], scope: Scope, path: SchemaPath): AvroUnion => {
  const branches = documents.map((branch, index) => parseNode(branch, scope, [...path, index]));
  const seen = new Set<string>();
  for (const [index, branch] of branches.entries()) {
    if (branch.kind === 'union') {
      throw fault(
        [...path, index],
        'union-nested',
        'A union may not hold a union directly.',
        'Write all branches in one list.',
      );
    }
    const identity = branchIdentity(branch);
    if (seen.has(identity)) {
      throw fault(
        [...path, index],
        'union-duplicate',
        `The union holds ${identity} twice; a reader could not tell the branches apart.`,
        'Keep one, or give named types different names.',
      );
    }
    seen.add(identity);
  }
  if (branches.length === 0) {
    throw fault(path, 'union-empty', 'A union needs at least one branch.', 'Name a type.');
  }
  return { kind: 'union', branches };
};

const parseComplex = (
  document: Record<string, unknown>,
  scope: Scope,
  path: SchemaPath,
): AvroNode => {
  const type = document['type'];
  const element = (key: 'items' | 'values') => {
    if (document[key] === undefined) {
      throw fault(path, `${key}-missing`, `The ${type} has no ${key}.`, `Add "${key}".`);
    }
    return parseNode(document[key], scope, [...path, key]);
  };
  switch (type) {
    case 'record':
      return parseRecord(document, scope, path);
    case 'enum':
      return parseEnum(document, scope, path);
    case 'fixed':
      return parseFixed(document, scope, path);
    case 'array':
      return { kind: 'array', items: element('items') };
    case 'map':
      return { kind: 'map', values: element('values') };
    default:
      if (isPrimitive(type)) return parsePrimitive(document, type, path);
      if (typeof type === 'string') return parseReference(type, scope, [...path, 'type']);
      throw fault(
        [...path, 'type'],
        'type-unknown',
        `type is ${JSON.stringify(type)}, which names no type.`,
        'Write a type name, or put the inner definition in the place of the outer one.',
      );
  }
};

const parseNode = (document: unknown, scope: Scope, path: SchemaPath): AvroNode => {
  if (isPrimitive(document)) return { kind: document, props: {} };
  if (typeof document === 'string') return parseReference(document, scope, path);
  if (Array.isArray(document)) return parseUnion(document, scope, path);
  if (isObject(document)) return parseComplex(document, scope, path);
  throw fault(
    path,
    'type-unknown',
    `A schema cannot be ${JSON.stringify(document)}.`,
    'Write a type name, a list (union) or an object.',
  );
};

export type SchemaReading =
  | { readonly ok: true; readonly node: AvroNode }
  | { readonly ok: false; readonly problem: SchemaProblem };

/** Parses a schema document; a broken rule comes back as a value with its path. */
export const readAvroSchema = (document: unknown): SchemaReading => {
  try {
    return { ok: true, node: parseNode(document, { namespace: '', named: new Map() }, []) };
  } catch (error) {
    if (error instanceof SchemaFault) return { ok: false, problem: error.problem };
    throw error;
  }
};

/**
 * Parses a schema document (Avro specification 1.12).
 * Throws `contracts.avro-invalid`: its message names the path, the rule and the remedy.
 */
export const parseAvroSchema = (document: unknown): AvroNode => {
  const reading = readAvroSchema(document);
  if (reading.ok) return reading.node;
  const { path, rule, message, remedy } = reading.problem;
  throw new MillraceError(
    'contracts.avro-invalid',
    `${describePath(document, path)}: ${message} [${rule}] ${remedy}`,
  );
};

/** Parses schema text. Throws `contracts.avro-invalid`, also when the text is not JSON. */
export const parseAvroSchemaText = (text: string): AvroNode => {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new MillraceError(
      'contracts.avro-invalid',
      `the schema itself: the text is not JSON: ${(cause as Error).message} [json-invalid] Correct the syntax.`,
      { cause },
    );
  }
  return parseAvroSchema(document);
};
