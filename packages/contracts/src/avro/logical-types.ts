import type { AvroLogical, AvroPrimitive } from '../avro-schema.ts';
import { SchemaFault, type SchemaPath } from './schema-fault.ts';

/**
 * Logical types (Avro specification 1.12, "Logical Types"). The specification lets a reader ignore an
 * invalid logical type; here it is refused, because ignoring one changes what the bytes mean. A logical
 * type that is not in the table below stays a plain attribute of its node.
 */
const allowedOn = {
  date: ['int'],
  'time-millis': ['int'],
  'time-micros': ['long'],
  'timestamp-millis': ['long'],
  'timestamp-micros': ['long'],
  'local-timestamp-millis': ['long'],
  'local-timestamp-micros': ['long'],
  uuid: ['string', 'fixed'],
  decimal: ['bytes', 'fixed'],
} as const satisfies Record<AvroLogical['name'], readonly (AvroPrimitive | 'fixed')[]>;

export const logicalTypeNames = Object.keys(allowedOn) as readonly AvroLogical['name'][];

const isLogicalName = (name: unknown): name is AvroLogical['name'] =>
  typeof name === 'string' && Object.hasOwn(allowedOn, name);

const uuidFixedBytes = 16;

/** The largest precision that a two's complement number of `size` bytes holds for certain. */
const fixedPrecisionMax = (size: number): number => Math.floor(Math.log10(2) * (8 * size - 1));

const parseDecimal = (
  definition: Record<string, unknown>,
  size: number | undefined,
  path: SchemaPath,
): AvroLogical => {
  const precision = definition['precision'];
  const scale = definition['scale'] ?? 0;
  const fault = (key: string, message: string) =>
    new SchemaFault({
      path: [...path, key],
      rule: 'decimal-invalid',
      message,
      remedy:
        'Write e.g. {"type": "bytes", "logicalType": "decimal", "precision": 12, "scale": 2}.',
    });
  if (!Number.isInteger(precision) || (precision as number) < 1) {
    throw fault('precision', 'A decimal needs a precision: a whole number of digits from 1.');
  }
  if (
    !Number.isInteger(scale) ||
    (scale as number) < 0 ||
    (scale as number) > (precision as number)
  ) {
    throw fault('scale', `A decimal's scale must be a whole number from 0 to its precision.`);
  }
  if (size !== undefined && (precision as number) > fixedPrecisionMax(size)) {
    throw fault(
      'precision',
      `${size} bytes hold at most ${fixedPrecisionMax(size)} digits, and the precision is ${precision}.`,
    );
  }
  return { name: 'decimal', precision: precision as number, scale: scale as number };
};

/** The logical type of a primitive or fixed definition; `undefined` when there is none that is known. */
export const parseLogical = (
  definition: Record<string, unknown>,
  underlying: AvroPrimitive | 'fixed',
  size: number | undefined,
  path: SchemaPath,
): AvroLogical | undefined => {
  const name = definition['logicalType'];
  if (!isLogicalName(name)) return undefined;
  const types: readonly string[] = allowedOn[name];
  if (
    !types.includes(underlying) ||
    (name === 'uuid' && size !== undefined && size !== uuidFixedBytes)
  ) {
    throw new SchemaFault({
      path: [...path, 'logicalType'],
      rule: 'logical-type-misplaced',
      message: `logicalType ${name} stands on ${underlying}${size === undefined ? '' : `(${size})`}; it belongs on ${types.join(' or ')}${name === 'uuid' ? ' (of 16 bytes when fixed)' : ''}.`,
      remedy: `Change the type to ${types[0]}, or remove the logicalType.`,
    });
  }
  return name === 'decimal' ? parseDecimal(definition, size, path) : { name };
};
