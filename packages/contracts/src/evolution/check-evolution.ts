import type {
  AvroEnum,
  AvroField,
  AvroFixed,
  AvroLogical,
  AvroNode,
  AvroPrimitiveNode,
  AvroRecord,
} from '../avro-schema.ts';
import type { CompatibilityLevel } from '../contract.ts';
import {
  corruptionProblem,
  type Direction,
  type EvolutionProblem,
  evolutionProblem,
} from './evolution-rules.ts';

/**
 * Whether records stay readable across a change of schema: Avro's schema resolution (specification 1.12)
 * asked in one or both directions, and made stricter where Avro lets values change their meaning (units,
 * decimals). Judges one pair of schemas; for the transitive levels the caller asks for each earlier one.
 */
interface Reading {
  readonly reader: AvroNode;
  readonly writer: AvroNode;
  readonly direction: Direction;
  readonly path: string;
}

/** Writer type → reader types it may be promoted to. */
const promotions: Readonly<Record<string, readonly string[]>> = {
  int: ['long', 'float', 'double'],
  long: ['float', 'double'],
  float: ['double'],
  string: ['bytes'],
  bytes: ['string'],
};

/** Promotions of Avro's that round: the warehouse takes no rounded number for a whole one, so its records would be dead letters. */
const rounding: Readonly<Record<string, readonly string[]>> = {
  int: ['float'],
  long: ['float', 'double'],
};

const describe = (node: AvroNode): string => {
  switch (node.kind) {
    case 'record':
    case 'enum':
    case 'fixed':
      return `${node.kind} ${node.fullName}`;
    case 'union':
      return `[${node.branches.map(describe).join(', ')}]`;
    default:
      return 'logical' in node && node.logical !== undefined ? node.logical.name : node.kind;
  }
};

/** The change in the author's order: from what the schema was to what it is. */
const change = ({ reader, writer, direction }: Reading): string =>
  direction === 'backward'
    ? `${describe(writer)} became ${describe(reader)}`
    : `${describe(reader)} became ${describe(writer)}`;

const typeChanged = (reading: Reading): EvolutionProblem =>
  evolutionProblem(
    'type-changed',
    reading.path,
    reading.direction,
    change(reading),
    'Keep the type and add a new field with a default for the new one.',
  );

const logicalText = (logical: AvroLogical | undefined): string => {
  if (logical === undefined) return 'no logical type';
  return logical.name === 'decimal'
    ? `decimal(${logical.precision}, ${logical.scale})`
    : logical.name;
};

const logicalProblems = (
  reading: Reading,
  reader: AvroLogical | undefined,
  writer: AvroLogical | undefined,
): readonly EvolutionProblem[] => {
  const [readerText, writerText] = [logicalText(reader), logicalText(writer)];
  if (readerText === writerText) return [];
  const [before, after] =
    reading.direction === 'backward' ? [writerText, readerText] : [readerText, writerText];
  const rule =
    reader?.name === 'decimal' && writer?.name === 'decimal'
      ? 'decimal-changed'
      : 'logical-type-changed';
  return [
    corruptionProblem(
      rule,
      reading.path,
      `${before} became ${after}`,
      'Keep the old field as it is and add a new field, with a default, for the new unit.',
    ),
  ];
};

type Scalar = AvroPrimitiveNode | AvroFixed;
const isScalar = (node: AvroNode): node is Scalar =>
  !['enum', 'array', 'map', 'union', 'record'].includes(node.kind);

const namesMatch = (
  reader: { fullName: string; aliases?: readonly string[] },
  writer: { fullName: string },
): boolean =>
  reader.fullName === writer.fullName || (reader.aliases ?? []).includes(writer.fullName);

const nameProblems = (
  reading: Reading,
  reader: AvroRecord | AvroEnum | AvroFixed,
  writer: AvroRecord | AvroEnum | AvroFixed,
): readonly EvolutionProblem[] =>
  namesMatch(reader, writer)
    ? []
    : [
        evolutionProblem(
          'name-changed',
          reading.path,
          reading.direction,
          change(reading),
          reading.direction === 'backward'
            ? `Keep the old name as an alias: "aliases": ["${writer.fullName}"].`
            : 'Keep the old name: readers that already run know no alias for the new one.',
        ),
      ];

const scalarProblems = (
  reading: Reading,
  reader: Scalar,
  writer: Scalar,
): readonly EvolutionProblem[] => {
  if (reader.kind === 'fixed' && writer.kind === 'fixed') {
    const size =
      reader.size === writer.size
        ? []
        : [
            evolutionProblem(
              'fixed-size-changed',
              reading.path,
              reading.direction,
              `${reading.direction === 'backward' ? `${writer.size} bytes became ${reader.size}` : `${reader.size} bytes became ${writer.size}`}`,
              'Add a new field of a new fixed type, with a default.',
            ),
          ];
    return [
      ...nameProblems(reading, reader, writer),
      ...size,
      ...logicalProblems(reading, reader.logical, writer.logical),
    ];
  }
  if (reader.kind !== writer.kind && !promotions[writer.kind]?.includes(reader.kind)) {
    return [typeChanged(reading)];
  }
  if (rounding[writer.kind]?.includes(reader.kind) === true) {
    return [
      evolutionProblem(
        'promotion-rounds',
        reading.path,
        reading.direction,
        `${change(reading)}, which rounds large numbers`,
        'Add a new field of that type, with a default.',
      ),
    ];
  }
  return logicalProblems(reading, reader.logical, writer.logical);
};

const enumProblems = (
  reading: Reading,
  reader: AvroEnum,
  writer: AvroEnum,
): readonly EvolutionProblem[] => {
  const unknown = writer.symbols.filter((symbol) => !reader.symbols.includes(symbol));
  const named = nameProblems(reading, reader, writer);
  if (unknown.length === 0 || reader.default !== undefined) return named;
  const removed = reading.direction === 'backward';
  return [
    ...named,
    evolutionProblem(
      removed ? 'enum-symbol-removed' : 'enum-symbol-added',
      reading.path,
      reading.direction,
      `${unknown.join(', ')} ${removed ? 'was removed from' : 'was added to'} ${reader.fullName}, which has no default`,
      removed
        ? 'Keep the symbol, or give the enum a default to read unknown symbols as.'
        : 'Give the enum a default first, let every consumer have it, then add the symbol.',
    ),
  ];
};

const writerFieldFor = (field: AvroField, writer: AvroRecord): AvroField | undefined =>
  writer.fields.find((candidate) => candidate.name === field.name) ??
  writer.fields.find((candidate) => field.aliases.includes(candidate.name));

const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

const recordProblems = (
  reading: Reading,
  reader: AvroRecord,
  writer: AvroRecord,
): readonly EvolutionProblem[] => {
  const { direction } = reading;
  const fields = reader.fields.flatMap((field): readonly EvolutionProblem[] => {
    const path = join(reading.path, field.name);
    const written = writerFieldFor(field, writer);
    if (written !== undefined) {
      return readingProblems({ reader: field.type, writer: written.type, direction, path });
    }
    if (field.default !== undefined) return [];
    return direction === 'backward'
      ? [
          evolutionProblem(
            'field-added-without-default',
            path,
            direction,
            `${field.name} was added without a default`,
            'Give it a default, or name the old field as an alias if it was renamed.',
          ),
        ]
      : [
          evolutionProblem(
            'field-removed',
            path,
            direction,
            `${field.name} was removed, and the old schema has no default for it`,
            'Keep the field; give it a default, let every consumer have that, then remove it.',
          ),
        ];
  });
  return [...nameProblems(reading, reader, writer), ...fields];
};

const reads = (reading: Reading): boolean => readingProblems(reading).length === 0;

/** A reader's union takes the writer's type when one of its branches reads it. */
const unionReaderProblems = (
  reading: Reading,
  branches: readonly AvroNode[],
): readonly EvolutionProblem[] => {
  const { writer, direction } = reading;
  if (branches.some((branch) => reads({ ...reading, reader: branch }))) return [];
  const sameKind = branches.find((branch) => branch.kind === writer.kind);
  if (sameKind !== undefined) return readingProblems({ ...reading, reader: sameKind });
  return [
    evolutionProblem(
      direction === 'backward' ? 'union-branch-removed' : 'union-branch-added',
      reading.path,
      direction,
      `${describe(writer)} ${direction === 'backward' ? 'is no longer' : 'was not'} in the union [${branches.map(describe).join(', ')}]`,
      direction === 'backward'
        ? 'Keep the branch: records that have it are in the topic.'
        : 'Add a new field with a default instead of a branch.',
    ),
  ];
};

const unionWriterProblems = (
  reading: Reading,
  branches: readonly AvroNode[],
): readonly EvolutionProblem[] => {
  const { reader } = reading;
  return branches.flatMap((branch) => {
    const one = { ...reading, writer: branch };
    if (reader.kind === 'union') return unionReaderProblems(one, reader.branches);
    const problems = readingProblems(one);
    if (problems.length === 0 || branch.kind === reader.kind) return problems;
    return unionReaderProblems(one, [reader]);
  });
};

const readingProblems = (reading: Reading): readonly EvolutionProblem[] => {
  const { reader, writer, path } = reading;
  if (writer.kind === 'union') return unionWriterProblems(reading, writer.branches);
  if (reader.kind === 'union') return unionReaderProblems(reading, reader.branches);
  if (isScalar(reader) && isScalar(writer)) return scalarProblems(reading, reader, writer);
  if (reader.kind === 'enum' && writer.kind === 'enum') {
    return enumProblems(reading, reader, writer);
  }
  if (reader.kind === 'record' && writer.kind === 'record') {
    return recordProblems(reading, reader, writer);
  }
  if (reader.kind === 'array' && writer.kind === 'array') {
    const inner = { reader: reader.items, writer: writer.items, path: `${path}[]` };
    return readingProblems({ ...reading, ...inner });
  }
  if (reader.kind === 'map' && writer.kind === 'map') {
    const inner = { reader: reader.values, writer: writer.values, path: `${path}{}` };
    return readingProblems({ ...reading, ...inner });
  }
  return [typeChanged(reading)];
};

const directionsOf = (level: CompatibilityLevel): readonly Direction[] => {
  if (level === 'NONE') return [];
  if (level.startsWith('BACKWARD')) return ['backward'];
  return level.startsWith('FORWARD') ? ['forward'] : ['backward', 'forward'];
};

/**
 * The problems of changing `from` into `to` under a compatibility level; empty when nothing breaks.
 * Level NONE asks for nothing and finds nothing.
 */
export const checkEvolution = (
  from: AvroNode,
  to: AvroNode,
  level: CompatibilityLevel,
): readonly EvolutionProblem[] => {
  const found = directionsOf(level).flatMap((direction) =>
    readingProblems(
      direction === 'backward'
        ? { reader: to, writer: from, direction, path: '' }
        : { reader: from, writer: to, direction, path: '' },
    ),
  );
  const distinct = new Map(found.map((one) => [`${one.rule} ${one.path} ${one.message}`, one]));
  return [...distinct.values()];
};
