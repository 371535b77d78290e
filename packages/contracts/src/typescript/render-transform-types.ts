import type { AvroNode, AvroRecord, AvroUnion } from '../avro-schema.ts';
import type { Contract } from '../contract.ts';
import { comment, parenthesised, typeName } from './type-text.ts';

/**
 * TypeScript types of records as a transform reads and writes them: what the Avro readers hand out and the
 * writers take. Logical types stay what Avro stores; a long is a number, or what the reader's `longs` says.
 * The file declares them in `Contracts` of @millrace/streams, by contract id.
 */
const logicalNotes: Readonly<Record<string, string>> = {
  date: 'Days since 1970-01-01.',
  'time-millis': 'Milliseconds after midnight.',
  'time-micros': 'Microseconds after midnight.',
  'timestamp-millis': 'Milliseconds since 1970 UTC.',
  'timestamp-micros': 'Microseconds since 1970 UTC.',
  'local-timestamp-millis': 'Milliseconds since 1970 on the local clock.',
  'local-timestamp-micros': 'Microseconds since 1970 on the local clock.',
};

const noteOf = (node: AvroNode): string | undefined => {
  const value =
    node.kind === 'union' ? node.branches.find((branch) => branch.kind !== 'null') : node;
  if (value === undefined || !('logical' in value) || value.logical === undefined) return undefined;
  if (value.logical.name !== 'decimal') return logicalNotes[value.logical.name];
  const { precision, scale } = value.logical;
  return `A decimal of ${precision} digits, ${scale} after the point: the number without the point, big-endian two's complement.`;
};

/** Whether a node, or one inside it, is as asked. Contracts have no recursive types. */
const holds = (node: AvroNode, asked: (inner: AvroNode) => boolean): boolean =>
  asked(node) || innerOf(node).some((inner) => holds(inner, asked));

const innerOf = (node: AvroNode): readonly AvroNode[] => {
  switch (node.kind) {
    case 'record':
      return node.fields.map(({ type }) => type);
    case 'union':
      return node.branches;
    case 'array':
      return [node.items];
    case 'map':
      return [node.values];
    default:
      return [];
  }
};

const isLong = (node: AvroNode): boolean => node.kind === 'long';
const hasDefault = (node: AvroNode): boolean =>
  node.kind === 'record' && node.fields.some((field) => field.default !== undefined);

/** What JavaScript sees of a value; two branches that look the same are told apart by a name around them. */
const lookOf = ({ kind }: AvroNode): string => {
  if (kind === 'int' || kind === 'long' || kind === 'float' || kind === 'double') return 'number';
  if (kind === 'bytes' || kind === 'fixed') return 'bytes';
  if (kind === 'enum') return 'string';
  return kind === 'map' ? 'record' : kind;
};

type Use = 'read' | 'write';

interface Declarations {
  /** The name of a record's type, declared when it is not yet, with `long` as what its longs are. */
  nameOf(record: AvroRecord, use: Use, long: string): string;
  texts(): readonly string[];
}

/** Record types of one file, by name and use, each declared once. */
const declareRecords = (): Declarations => {
  const texts = new Map<string, string>();
  const names = new Map<string, string>();

  /** Two full names may make one type name: the second gets a number. */
  const freeName = (key: string, wanted: string): string => {
    const known = names.get(key);
    if (known !== undefined) return known;
    const taken = new Set(names.values());
    let name = wanted;
    for (let count = 2; taken.has(name); count++) name = `${wanted}${count}`;
    names.set(key, name);
    return name;
  };

  const nameOf: Declarations['nameOf'] = (record, use, long) => {
    const own = use === 'write' && holds(record, hasDefault) ? 'ToWrite' : '';
    const name = freeName(`${record.fullName} ${own}`, `${typeName(record.fullName)}${own}`);
    const generic = holds(record, isLong);
    if (!texts.has(name)) {
      texts.set(name, declaration(record, use, generic ? `${name}<Long = number>` : name));
    }
    return generic ? `${name}<${long}>` : name;
  };

  const declaration = (record: AvroRecord, use: Use, head: string): string => {
    const fields = record.fields.map((field) => {
      const may = use === 'write' && field.default !== undefined;
      const type = `${typeText(field.type, use)}${may ? ' | undefined' : ''}`;
      const note = comment([field.doc, noteOf(field.type)], '  ');
      return `${note}  readonly ${field.name}${may ? '?' : ''}: ${type};\n`;
    });
    return `${comment([record.doc], '')}export interface ${head} {\n${fields.join('')}}\n`;
  };

  const typeText = (node: AvroNode, use: Use): string => {
    switch (node.kind) {
      case 'int':
      case 'float':
      case 'double':
        return 'number';
      case 'long':
        return 'Long';
      case 'bytes':
      case 'fixed':
        return 'Uint8Array';
      case 'enum':
        return node.symbols.map((symbol) => `'${symbol}'`).join(' | ');
      case 'array':
        return `readonly ${parenthesised(typeText(node.items, use))}[]`;
      case 'map':
        return `Readonly<Record<string, ${typeText(node.values, use)}>>`;
      case 'union':
        return unionText(node, use);
      case 'record':
        return nameOf(node, use, 'Long');
      default:
        return node.kind;
    }
  };

  const unionText = ({ branches }: AvroUnion, use: Use): string => {
    const looks = branches.map(lookOf);
    const ambiguous = new Set(looks).size < looks.length;
    return branches
      .map((branch) => {
        const text = typeText(branch, use);
        if (!ambiguous || branch.kind === 'null') return text;
        const name = 'fullName' in branch ? branch.fullName : branch.kind;
        return `{ readonly '${name}': ${text} }`;
      })
      .join(' | ');
  };

  return { nameOf, texts: () => [...texts.values()] };
};

/** The types of all contracts, ordered by id, and their places in `Contracts`. */
export const renderTransformTypes = (contracts: readonly Contract[]): string => {
  const ordered = [...contracts].sort((a, b) => (a.id < b.id ? -1 : 1));
  const declarations = declareRecords();
  const entries = ordered.map(({ id, record, source, key }) => {
    const lines = [
      `source: '${source.kind}'`,
      `key: ${key.length === 0 ? 'never' : key.map((field) => `'${field}'`).join(' | ')}`,
      `read: ${declarations.nameOf(record, 'read', 'number')}`,
      `exact: ${declarations.nameOf(record, 'read', 'bigint')}`,
      `write: ${declarations.nameOf(record, 'write', 'number | bigint')}`,
    ];
    return `    '${id}': {\n${lines.map((line) => `      ${line};\n`).join('')}    };\n`;
  });
  return [
    "// Made by `millrace contracts types --for transforms`; change the contracts, not this file.\nimport '@millrace/streams';\n",
    ...declarations.texts(),
    `declare module '@millrace/streams' {\n  interface Contracts {\n${entries.join('')}  }\n}\n`,
  ].join('\n');
};
