/**
 * What became of a schema from one version to the next, by name: breaches by the rules of `contracts check`, and beside
 * them what breaks nobody.
 */
import {
  type AvroField,
  type AvroNode,
  type AvroRecord,
  type CompatibilityLevel,
  checkEvolution,
  MillraceError,
  parseAvroSchemaText,
} from '@millrace/contracts';
import type { SchemaChange } from '@millrace/operations';
import { typeText, withoutNull } from './type-text.ts';

interface FlatField extends Pick<AvroField, 'aliases' | 'doc' | 'default'> {
  readonly type: string;
  /** `a.` of `a.b`. */
  readonly within: string;
}

/** Records in arrays and maps are looked into, under `name[]` and `name{}`. */
const flatten = (
  record: AvroRecord,
  within = '',
  found = new Map<string, FlatField>(),
): ReadonlyMap<string, FlatField> => {
  for (const { name, type, aliases, doc, default: value } of record.fields) {
    const path = `${within}${name}`;
    const [inner, suffix] = innerOf(type);
    const text = inner.kind === 'record' ? `record ${inner.fullName}${suffix}` : typeText(type);
    found.set(path, {
      ...{ aliases, type: text, within },
      ...(doc !== undefined && { doc }),
      ...(value !== undefined && { default: value }),
    });
    if (inner.kind === 'record') flatten(inner, `${path}${suffix}.`, found);
  }
  return found;
};

const innerOf = (type: AvroNode): readonly [AvroNode, string] => {
  const { node } = withoutNull(type);
  if (node.kind === 'array') return [withoutNull(node.items).node, '[]'];
  if (node.kind === 'map') return [withoutNull(node.values).node, '{}'];
  return [node, ''];
};

/** The record of a version; of a change event (Debezium's envelope) the row in it. Undefined for what is no record. */
export const versionRecord = (schemaText: string): AvroRecord | undefined => {
  let root: AvroNode;
  try {
    root = parseAvroSchemaText(schemaText);
  } catch (error) {
    if (error instanceof MillraceError) return undefined;
    throw error;
  }
  if (root.kind !== 'record') return undefined;
  const after = root.fields.find(({ name }) => name === 'after');
  const isEnvelope = after !== undefined && root.fields.some(({ name }) => name === 'op');
  const row = isEnvelope ? withoutNull(after.type).node : root;
  return row.kind === 'record' ? row : root;
};

const changeOf = (rule: string, field: string, message: string): SchemaChange => ({
  ...{ rule, field, message, breaking: false },
});

const valueText = (field: FlatField): string =>
  field.default === undefined ? 'none' : JSON.stringify(field.default.value);

const samePlaceChanges = (path: string, old: FlatField, now: FlatField): SchemaChange[] => {
  const changes: SchemaChange[] = [];
  if (old.type !== now.type)
    changes.push(changeOf('type-changed', path, `${path}: ${old.type} became ${now.type}.`));
  if (valueText(old) !== valueText(now))
    changes.push(
      changeOf(
        'default-changed',
        path,
        `${path}: the default ${valueText(old)} became ${valueText(now)}.`,
      ),
    );
  if (old.doc !== now.doc) changes.push(changeOf('doc-changed', path, `${path}: other words.`));
  return changes;
};

/** The old field of which an alias of the new one tells; else, of the same type and the only one that went: it looks so. */
const renamedFrom = (
  now: FlatField,
  gone: readonly (readonly [string, FlatField])[],
  addedCount: number,
): { readonly path: string; readonly isSure: boolean } | undefined => {
  const aliases = now.aliases.map((alias) => `${now.within}${alias}`);
  const named = gone.find(([path]) => aliases.includes(path));
  if (named !== undefined) return { path: named[0], isSure: true };
  const [only] = gone;
  if (gone.length !== 1 || addedCount !== 1 || only === undefined) return undefined;
  return only[1].type === now.type ? { path: only[0], isSure: false } : undefined;
};

const structuralChanges = (from: AvroRecord, to: AvroRecord): readonly SchemaChange[] => {
  const [before, after] = [flatten(from), flatten(to)];
  const gone = [...before].filter(([path]) => !after.has(path));
  const added = [...after].filter(([path]) => !before.has(path));
  const renamed = new Set<string>();
  const fresh = added.map(([path, now]) => {
    const old = renamedFrom(now, gone, added.length);
    if (old === undefined) {
      const rest = now.default === undefined ? '' : `, ${valueText(now)} when absent`;
      return changeOf('field-added', path, `${path} was added (${now.type}${rest}).`);
    }
    renamed.add(old.path);
    const how = old.isSure ? 'was renamed from' : 'looks like another name of';
    return changeOf('field-renamed', path, `${path} ${how} ${old.path}.`);
  });
  const lost = gone
    .filter(([path]) => !renamed.has(path))
    .map(([path]) => changeOf('field-removed', path, `${path} was removed.`));
  const stayed = [...after].flatMap(([path, now]) => {
    const old = before.get(path);
    return old === undefined ? [] : samePlaceChanges(path, old, now);
  });
  const named =
    from.fullName === to.fullName
      ? []
      : [changeOf('name-changed', '', `${from.fullName} became ${to.fullName}.`)];
  return [...named, ...fresh, ...lost, ...stayed];
};

/**
 * @param from text of the earlier schema
 * @param to text of the later one
 * @param level decides which changes are breaches
 */
export const schemaChanges = (
  from: string,
  to: string,
  level: CompatibilityLevel,
): readonly SchemaChange[] => {
  const [before, after] = [versionRecord(from), versionRecord(to)];
  if (before === undefined || after === undefined) return [];
  const breaches = checkEvolution(before, after, level).map(({ rule, path, message }) => ({
    ...{ rule, field: path, message, breaking: true },
  }));
  const isTold = ({ rule, field }: SchemaChange) =>
    breaches.some((one) => one.field === field && one.rule === rule);
  return [...breaches, ...structuralChanges(before, after).filter((one) => !isTold(one))];
};
