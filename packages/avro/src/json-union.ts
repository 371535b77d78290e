import type { AvroNode, AvroUnion } from '@millrace/contracts';
import {
  createEncodeState,
  describeName,
  describeValue,
  type EncodeState,
  putInteger,
  report,
} from './encode-state.ts';
import { enter, isPlainObject, leave } from './json-record.ts';
import type { CompilePart, Dialect, ValueWriter } from './value-writer.ts';

/**
 * Unions: the plain value where its JSON type leaves one branch, else `{"branch": value}` with the
 * branch's type name, as in Avro's JSON encoding. An object is never taken for a wrapper where a record or
 * a map is the one branch that takes objects.
 */
type JsonType = 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object';

interface Branch {
  readonly index: number;
  readonly write: ValueWriter;
}

export const unionWriter = (
  union: AvroUnion,
  dialect: Dialect,
  compile: CompilePart,
): ValueWriter => {
  const branches = union.branches.map((node, index) => ({ index, write: compile(node) }));
  if (dialect === 'default') return firstFittingBranch(branches);
  const byType = branchesByJsonType(union, branches);
  const byName = branchesByName(union, branches);
  const expected = union.branches.map((node) => branchName(node)).join(', ');
  // A lone value type beside null is given every value, so that its own writer says what is wrong.
  const others = branches.filter((_, index) => union.branches[index]!.kind !== 'null');
  const only = others.length === 1 ? others[0] : undefined;

  return (state, value) => {
    const type = jsonTypeOf(value);
    const fitting = type === undefined ? [] : byType[type];
    const branch = fitting.length === 1 ? fitting[0] : undefined;
    if (branch !== undefined) return writeBranch(state, branch, value);
    if (type === 'object' && isPlainObject(value)) {
      const names = Object.keys(value);
      const named = names.length === 1 ? byName.get(names[0]!) : undefined;
      if (named !== undefined) return writeNamed(state, named, names[0]!, value[names[0]!]);
    }
    if (fitting.length === 0 && only !== undefined) return only.write(state, value);
    const advice =
      fitting.length > 1
        ? `${describeValue(value)} fits several branches; write {"branch": value} with one of`
        : `${describeValue(value)} fits no branch; expected one of`;
    report(state, 'union', `${advice} ${expected}`);
  };
};

const writeBranch = (state: EncodeState, branch: Branch, value: unknown): void => {
  putInteger(state, branch.index);
  branch.write(state, value);
};

const writeNamed = (state: EncodeState, branch: Branch, name: string, value: unknown): void => {
  if (!enter(state)) return;
  state.path[state.depth - 1] = name;
  writeBranch(state, branch, value);
  leave(state);
};

/** In defaults: the first branch that takes the value (Avro 1.12; before that, the first of all). */
const firstFittingBranch =
  (branches: readonly Branch[]): ValueWriter =>
  (state, value) => {
    for (const branch of branches) {
      const trial = createEncodeState(1);
      branch.write(trial, value);
      if (trial.problems.length === 0) return writeBranch(state, branch, value);
    }
    report(state, 'union', `the default ${describeName(String(value))} fits no branch`);
  };

const jsonTypeOf = (value: unknown): JsonType | undefined => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  const type = typeof value;
  return type === 'boolean' || type === 'number' || type === 'string' || type === 'object'
    ? type
    : undefined;
};

/** First the types that a node is usually written as; then those that its writer takes besides. */
const jsonTypesOf = (
  node: AvroNode,
): { usual: readonly JsonType[]; besides: readonly JsonType[] } => {
  const { kind } = node;
  const logical = 'logical' in node ? node.logical : undefined;
  switch (kind) {
    case 'null':
    case 'boolean':
    case 'array':
      return { usual: [kind], besides: [] };
    case 'record':
    case 'map':
      return { usual: ['object'], besides: [] };
    case 'string':
    case 'enum':
      return { usual: ['string'], besides: [] };
    case 'bytes':
    case 'fixed':
      return logical?.name === 'decimal'
        ? { usual: ['string', 'number'], besides: [] }
        : { usual: ['string'], besides: [] };
    case 'int':
    case 'long':
      if (logical !== undefined) return { usual: ['number', 'string'], besides: [] };
      return { usual: ['number'], besides: kind === 'long' ? ['string'] : [] };
    case 'float':
    case 'double':
      return { usual: ['number'], besides: ['string'] };
    case 'union':
      // Avro has no union directly within a union.
      return { usual: [], besides: [] };
  }
};

const branchesByJsonType = (
  union: AvroUnion,
  branches: readonly Branch[],
): Record<JsonType, readonly Branch[]> => {
  const types = union.branches.map(jsonTypesOf);
  const taking = (type: JsonType): readonly Branch[] => {
    const usual = branches.filter(({ index }) => types[index]!.usual.includes(type));
    return usual.length > 0
      ? usual
      : branches.filter(({ index }) => types[index]!.besides.includes(type));
  };
  return {
    null: taking('null'),
    boolean: taking('boolean'),
    number: taking('number'),
    string: taking('string'),
    array: taking('array'),
    object: taking('object'),
  };
};

const branchName = (node: AvroNode): string => ('fullName' in node ? node.fullName : node.kind);

/** Full names, and the last part of a full name where no other branch has it. */
const branchesByName = (union: AvroUnion, branches: readonly Branch[]): Map<string, Branch> => {
  const byName = new Map<string, Branch>();
  const lastParts = union.branches.map((node) => branchName(node).replace(/^.*\./, ''));
  for (const branch of branches) {
    const lastPart = lastParts[branch.index]!;
    const isAlone = lastParts.filter((other) => other === lastPart).length === 1;
    if (isAlone) byName.set(lastPart, branch);
  }
  for (const branch of branches) byName.set(branchName(union.branches[branch.index]!), branch);
  return byName;
};
