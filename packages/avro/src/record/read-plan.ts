import { MillraceError } from '@millrace/contracts';
import type avro from 'avsc';

/**
 * What a reader does with a writer's bytes, value by value: schema resolution done once, before code is made
 * of it. Source: Apache Avro specification 1.12, "Schema Resolution", in avsc's reading of it: of a reader's
 * union, the first branch that can read the writer's type is taken; a writer's union is readable when every
 * branch is.
 */
export type ReadPlan =
  | { readonly kind: 'null' | 'boolean' | 'float' | 'double' | 'string' | 'bytes' }
  /** `as` what the reader's schema calls it: a double takes the nearest to a long. */
  | { readonly kind: 'int' | 'long'; readonly as: 'int' | 'long' | 'double' }
  | { readonly kind: 'fixed'; readonly size: number }
  /** In the writer's order, named as the reader has them. */
  | { readonly kind: 'enum'; readonly symbols: readonly string[] }
  | { readonly kind: 'array'; readonly items: ReadPlan }
  | { readonly kind: 'map'; readonly values: ReadPlan }
  /** By the writer's index. */
  | { readonly kind: 'union'; readonly branches: readonly ReadPlan[] }
  /** A value that the reader's union wraps: `{ [branchName]: value }`. */
  | { readonly kind: 'wrapped'; readonly branchName: string; readonly value: ReadPlan }
  | RecordPlan;

export interface RecordPlan {
  readonly kind: 'record';
  /** The writer's fields in order. Filled after the record is known by name, as records may hold themselves. */
  readonly written: WrittenField[];
  /** The reader's fields in order. */
  readonly results: ResultField[];
}

export interface WrittenField {
  readonly type: ReadPlan;
  /** What the reader makes of it, in most cases one value; empty for a field that is skipped. */
  readonly targets: { readonly slot: number; readonly plan: ReadPlan }[];
}

export type ResultField =
  | { readonly name: string; readonly slot: number }
  /** Not written: takes the reader's default. */
  | { readonly name: string; readonly missing: avro.types.Field };

/** avsc's type of the record, behind its exact longs and its errors. */
export const kindOf = (type: avro.Type): string => {
  if (type.typeName === 'abstract:long') return 'long';
  return type.typeName === 'error' ? 'record' : type.typeName;
};

const promotions: Readonly<Record<string, readonly string[]>> = {
  int: ['int', 'long', 'float', 'double'],
  long: ['long', 'float', 'double'],
  float: ['float', 'double'],
  double: ['double'],
  string: ['string', 'bytes'],
  bytes: ['bytes', 'string'],
  boolean: ['boolean'],
  null: ['null'],
};

type PlanMemo = Map<avro.Type, Map<avro.Type, RecordPlan>>;

/** The plan to read what `writer` wrote as `reader`. Throws `avro.schema-unusable` when it cannot be read so. */
export const planReading = (writer: avro.Type, reader: avro.Type): RecordPlan => {
  if (kindOf(writer) !== 'record' || kindOf(reader) !== 'record') {
    throw unusable('the schema is not a record');
  }
  const memo: PlanMemo = new Map();
  const plan = writer === reader ? planSame(writer, memo) : planOf(writer, reader, memo);
  return plan as RecordPlan;
};

/** The plan to read a value as it was written. */
export const planSame = (type: avro.Type, memo: PlanMemo = new Map()): ReadPlan => {
  const kind = kindOf(type);
  switch (kind) {
    case 'record':
      return planRecord(type as avro.types.RecordType, type as avro.types.RecordType, memo);
    case 'array':
      return { kind, items: planSame((type as avro.types.ArrayType).itemsType, memo) };
    case 'map':
      return { kind, values: planSame((type as avro.types.MapType).valuesType, memo) };
    case 'union:wrapped':
    case 'union:unwrapped':
      return {
        kind: 'union',
        branches: branchesOf(type).map((branch) => inBranch(type, branch, planSame(branch, memo))),
      };
    default:
      return planScalar(type, type);
  }
};

const planOf = (writer: avro.Type, reader: avro.Type, memo: PlanMemo): ReadPlan => {
  const kind = kindOf(writer);
  if (isUnion(writer)) {
    return {
      kind: 'union',
      branches: branchesOf(writer).map((branch) => planOf(branch, reader, memo)),
    };
  }
  if (isUnion(reader)) return planIntoUnion(writer, reader, memo);
  if (kind === 'record' && kindOf(reader) === 'record') {
    return planRecord(writer as avro.types.RecordType, reader as avro.types.RecordType, memo);
  }
  if (kind === 'array' && kindOf(reader) === 'array') {
    const [from, to] = [writer, reader] as avro.types.ArrayType[];
    return { kind, items: planOf(from!.itemsType, to!.itemsType, memo) };
  }
  if (kind === 'map' && kindOf(reader) === 'map') {
    const [from, to] = [writer, reader] as avro.types.MapType[];
    return { kind, values: planOf(from!.valuesType, to!.valuesType, memo) };
  }
  return planScalar(writer, reader);
};

const planIntoUnion = (writer: avro.Type, reader: avro.Type, memo: PlanMemo): ReadPlan => {
  for (const branch of branchesOf(reader)) {
    // A branch that fails may have left half a record behind: what it learnt is not kept.
    const tried: PlanMemo = new Map([...memo].map(([from, plans]) => [from, new Map(plans)]));
    try {
      const plan = planOf(writer, branch, tried);
      for (const [from, plans] of tried) memo.set(from, plans);
      return inBranch(reader, branch, plan);
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
    }
  }
  throw cannotRead(writer, reader);
};

const isUnion = (type: avro.Type): boolean => type.typeName.startsWith('union:');

const branchesOf = (union: avro.Type): readonly avro.Type[] =>
  (union as avro.types.UnwrappedUnionType).types;

const inBranch = (union: avro.Type, branch: avro.Type, plan: ReadPlan): ReadPlan =>
  union.typeName === 'union:wrapped' && branch.branchName !== 'null'
    ? { kind: 'wrapped', branchName: branch.branchName as string, value: plan }
    : plan;

const planScalar = (writer: avro.Type, reader: avro.Type): ReadPlan => {
  const kind = kindOf(writer);
  const as = kindOf(reader);
  if (kind === 'fixed' && as === 'fixed') {
    const { size } = writer as avro.types.FixedType;
    if (size !== (reader as avro.types.FixedType).size) throw cannotRead(writer, reader);
    requireName(writer, reader);
    return { kind, size };
  }
  if (kind === 'enum' && as === 'enum') return planEnum(writer, reader);
  if (!promotions[kind]?.includes(as)) throw cannotRead(writer, reader);
  if (kind === 'int' || kind === 'long') {
    return { kind, as: as === 'float' ? 'double' : (as as 'int' | 'long' | 'double') };
  }
  // Strings and bytes look alike, a float is a double: the reader's word counts, but for a float's width.
  return { kind: kind === 'float' ? kind : as } as ReadPlan;
};

const planEnum = (writer: avro.Type, reader: avro.Type): ReadPlan => {
  requireName(writer, reader);
  const known = reader as avro.types.EnumType & { readonly default?: string };
  const symbols = (writer as avro.types.EnumType).symbols.map((symbol) => {
    const taken = known.symbols.includes(symbol) ? symbol : known.default;
    if (taken === undefined) throw cannotRead(writer, reader);
    return taken;
  });
  return { kind: 'enum', symbols };
};

const planRecord = (
  writer: avro.types.RecordType,
  reader: avro.types.RecordType,
  memo: PlanMemo,
): RecordPlan => {
  const plans = memo.get(writer) ?? new Map<avro.Type, RecordPlan>();
  memo.set(writer, plans);
  const known = plans.get(reader);
  if (known !== undefined) return known;
  requireName(writer, reader);
  const plan: RecordPlan = { kind: 'record', written: [], results: [] };
  plans.set(reader, plan);
  for (const { type } of writer.fields) {
    plan.written.push({ type: planSame(type, memo), targets: [] });
  }
  for (const [slot, field] of reader.fields.entries()) {
    const from = writtenFieldOf(field, writer);
    if (from === undefined) {
      plan.results.push({ name: field.name, missing: field });
      continue;
    }
    const written = plan.written[from]!;
    const target =
      writer === reader ? written.type : planOf(writer.fields[from]!.type, field.type, memo);
    written.targets.push({ slot, plan: target });
    plan.results.push({ name: field.name, slot });
  }
  return plan;
};

/** The index of the writer's field that a reader's field is read from; `undefined` when its default is due. */
const writtenFieldOf = (
  field: avro.types.Field,
  writer: avro.types.RecordType,
): number | undefined => {
  const names = new Set([field.name, ...field.aliases]);
  const found = writer.fields.flatMap(({ name }, index) => (names.has(name) ? [index] : []));
  if (found.length > 1) {
    throw unusable(`several written fields are aliases of ${field.name}`);
  }
  if (found.length === 0 && field.defaultValue() === undefined) {
    throw unusable(`the field ${field.name} is not written and has no default`);
  }
  return found[0];
};

const requireName = (writer: avro.Type, reader: avro.Type): void => {
  const names = [reader.name, ...(reader.aliases ?? [])];
  if (writer.name !== undefined && !names.includes(writer.name)) throw cannotRead(writer, reader);
};

const nameOf = (type: avro.Type): string => type.name ?? kindOf(type);

const cannotRead = (writer: avro.Type, reader: avro.Type): MillraceError =>
  unusable(`${nameOf(writer)} cannot be read as ${nameOf(reader)}`);

const unusable = (what: string): MillraceError =>
  new MillraceError('avro.schema-unusable', `no record can be read so: ${what}`);
