import type { AvroField, AvroRecord } from '@millrace/contracts';
import {
  createEncodeState,
  DEPTH_MAX,
  describeName,
  type EncodeState,
  isFull,
  report,
  reportType,
  reserve,
} from './encode-state.ts';
import type { CompilePart, ValueWriter } from './value-writer.ts';

/**
 * Records: every field in order, defaults for absent ones, no field that the schema does not name.
 * A nullable field without a default must be present: absent and null are different things.
 */
export const recordWriter = (record: AvroRecord, compile: CompilePart): ValueWriter => {
  const names = record.fields.map((field) => field.name);
  const known = new Set(names);
  const writers = record.fields.map((field) => compile(field.type));
  const absentWriters = record.fields.map((field) => absentWriter(field, compile));
  const inherited = names.map((name) => name in Object.prototype);

  return (state, value) => {
    if (!isPlainObject(value)) return reportType(state, 'an object', value);
    if (!enter(state)) return;
    const level = state.depth - 1;
    let present = 0;
    for (let at = 0; at < names.length; at++) {
      const name = names[at]!;
      const member = inherited[at] && !Object.hasOwn(value, name) ? undefined : value[name];
      state.path[level] = name;
      if (member === undefined) {
        absentWriters[at]!(state, undefined);
      } else {
        present++;
        writers[at]!(state, member);
      }
    }
    leave(state);
    if (present !== countMembers(value)) reportUnknown(state, value, known);
  };
};

export type PlainObject = Record<string, unknown>;

export const isPlainObject = (value: unknown): value is PlainObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** One level deeper; false (with a problem) when that is too deep. */
export const enter = (state: EncodeState): boolean => {
  if (state.depth >= DEPTH_MAX) {
    report(state, 'depth', `nested deeper than ${DEPTH_MAX} levels`);
    return false;
  }
  state.depth++;
  return true;
};

export const leave = (state: EncodeState): void => {
  state.depth--;
};

const countMembers = (value: PlainObject): number => {
  let members = 0;
  for (const _name in value) members++;
  return members;
};

const reportUnknown = (state: EncodeState, value: PlainObject, known: Set<string>): void => {
  for (const name in value) {
    if (known.has(name)) continue;
    if (isFull(state)) return;
    report(state, 'unknown-field', `the schema has no field ${describeName(name)}`, name);
  }
};

/** Writes the default's bytes, which are made on first use: a type's default may contain the type. */
const absentWriter = (field: AvroField, compile: CompilePart): ValueWriter => {
  const fallback = field.default;
  if (fallback === undefined) {
    const hint = isNullable(field) ? '; give null for no value' : '';
    return (state) => report(state, 'missing', `the field is required and absent${hint}`);
  }
  const write = compile(field.type, 'default');
  let bytes: Buffer | undefined;
  return (state) => {
    bytes ??= encodeDefault(write, fallback.value);
    if (bytes === undefined) {
      return report(state, 'missing', 'the field is absent and its default does not fit its type');
    }
    reserve(state, bytes.length);
    state.position += bytes.copy(state.buffer, state.position);
  };
};

const isNullable = (field: AvroField): boolean =>
  field.type.kind === 'union' && field.type.branches.some((branch) => branch.kind === 'null');

const encodeDefault = (write: ValueWriter, value: unknown): Buffer | undefined => {
  const state = createEncodeState(1);
  write(state, value);
  return state.problems.length === 0
    ? Buffer.from(state.buffer.subarray(0, state.position))
    : undefined;
};
