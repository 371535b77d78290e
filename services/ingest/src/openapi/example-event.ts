/**
 * An event that a stream would accept, made of its contract: ODCS examples where the contract has them, else a value
 * of each field's type. The same each time, so that docs do not change by themselves.
 */
import type { AvroField, AvroNode } from '@millrace/contracts';
import type { Stream } from '../stream.ts';

/** As JSON. An example of the contract that does not fit its own schema gives way. */
export const exampleEvent = ({
  contract: { record, examples },
  encoder,
}: Pick<Stream, 'contract' | 'encoder'>): Readonly<Record<string, unknown>> => {
  const made = Object.fromEntries(
    record.fields.map((field) => [field.name, exampleOf(field.type, field)]),
  );
  const event = { ...made, ...examples };
  const encoding = encoder.encode(event);
  if (encoding.ok) return event;
  const misfits = new Set(encoding.problems.map(({ path }) => path.split('/')[1]));
  return Object.fromEntries(
    Object.entries(event).map(([name, value]) => [name, misfits.has(name) ? made[name] : value]),
  );
};

/** Of a value that stands in `field`. */
export const exampleOf = (node: AvroNode, field: Pick<AvroField, 'name'>): unknown => {
  switch (node.kind) {
    case 'null':
      return null;
    case 'boolean':
      return true;
    case 'record':
      return Object.fromEntries(node.fields.map((part) => [part.name, exampleOf(part.type, part)]));
    case 'array':
      return [exampleOf(node.items, field)];
    case 'map':
      return { key: exampleOf(node.values, field) };
    case 'enum':
      return node.symbols[0];
    case 'union':
      return exampleOfUnion(node.branches, field);
    case 'fixed':
      return logicalExample(node) ?? Buffer.alloc(node.size).toString('base64');
    default:
      return logicalExample(node) ?? primitives[node.kind](field.name);
  }
};

const primitives = {
  string: (name: string) => name,
  bytes: () => Buffer.from('bytes').toString('base64'),
  int: () => 1,
  long: () => 1,
  float: () => 1.5,
  double: () => 1.5,
  boolean: () => true,
  null: () => null,
} as const;

const logicalExample = (node: AvroNode): unknown => {
  const logical = 'logical' in node ? node.logical : undefined;
  switch (logical?.name) {
    case 'date':
      return '2026-01-31';
    case 'time-millis':
    case 'time-micros':
      return '23:59:59.123';
    case 'timestamp-millis':
    case 'timestamp-micros':
      return '2026-01-31T23:59:59.123Z';
    case 'local-timestamp-millis':
    case 'local-timestamp-micros':
      return '2026-01-31T23:59:59.123';
    case 'uuid':
      return '0cb5bbf2-8a2e-4d5a-9d11-0a63c4a5a2b1';
    case 'decimal':
      return decimalExample(logical.precision, logical.scale);
    default:
      return undefined;
  }
};

const decimalExample = (precision: number, scale: number): string => {
  const whole = precision > scale ? '1' : '0';
  return scale === 0 ? whole : `${whole}.${'5'.padEnd(scale, '0')}`;
};

/** The first branch that is not null; named where plain JSON would leave open which branch is meant. */
const exampleOfUnion = (branches: readonly AvroNode[], field: Pick<AvroField, 'name'>): unknown => {
  const values = branches.filter(({ kind }) => kind !== 'null');
  const [first] = values;
  if (first === undefined) return null;
  const value = exampleOf(first, field);
  if (values.length === 1) return value;
  return { ['fullName' in first ? first.fullName : first.kind]: value };
};
