import type { JsonProblem, JsonRule } from './json-problem.ts';
import { VARINT_BYTES_MAX, writeVarint, writeVarintBigInt } from './varint.ts';

/**
 * What the writers of one encoder share while a record passes through them: the bytes so far, the path
 * to the value at hand, and the problems found. Writers go on after a problem, so that a person hears of
 * several at once; the bytes are then worthless and are thrown away.
 */
export interface EncodeState {
  buffer: Buffer;
  position: number;
  /** Names and indexes from the record to the value at hand; valid up to `depth`. */
  readonly path: (string | number)[];
  depth: number;
  problems: JsonProblem[];
  readonly problemsMax: number;
}

const INITIAL_BYTES = 4_096;
/** A scratch buffer that one large record has grown beyond this is given back. */
const KEPT_BYTES_MAX = 1 << 20;
/** Records, arrays and maps within one another. */
export const DEPTH_MAX = 64;
/** A value or a name in a message or a path is cut to this many characters. */
const ECHO_CHARACTERS_MAX = 40;

export const createEncodeState = (problemsMax: number): EncodeState => ({
  buffer: Buffer.allocUnsafeSlow(INITIAL_BYTES),
  position: 0,
  path: [],
  depth: 0,
  problems: [],
  problemsMax,
});

/** Ready for the next record, which begins at `position`. */
export const resetEncodeState = (state: EncodeState, position: number): void => {
  if (state.buffer.length > KEPT_BYTES_MAX) state.buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  state.position = position;
  state.depth = 0;
  if (state.problems.length > 0) state.problems = [];
};

/** Makes room for `bytes` more bytes. */
export const reserve = (state: EncodeState, bytes: number): void => {
  const needed = state.position + bytes;
  if (needed <= state.buffer.length) return;
  const larger = Buffer.allocUnsafeSlow(Math.max(needed, state.buffer.length * 2));
  state.buffer.copy(larger, 0, 0, state.position);
  state.buffer = larger;
};

/** Appends a safe integer. */
export const putInteger = (state: EncodeState, value: number): void => {
  reserve(state, VARINT_BYTES_MAX);
  state.position = writeVarint(state.buffer, state.position, value);
};

export const putBigInt = (state: EncodeState, value: bigint): void => {
  reserve(state, VARINT_BYTES_MAX);
  state.position = writeVarintBigInt(state.buffer, state.position, value);
};

/** Appends bytes with their length in front. */
export const putBytes = (state: EncodeState, bytes: Buffer): void => {
  putInteger(state, bytes.length);
  putRaw(state, bytes);
};

export const putRaw = (state: EncodeState, bytes: Buffer): void => {
  reserve(state, bytes.length);
  state.position += bytes.copy(state.buffer, state.position);
};

/** True when as many problems as fit in an answer are known: nothing more needs to be checked. */
export const isFull = (state: EncodeState): boolean => state.problems.length >= state.problemsMax;

/** Adds a problem with the value at hand, or with its member `name`. */
export const report = (
  state: EncodeState,
  rule: JsonRule,
  what: string,
  name?: string | number,
): void => {
  if (isFull(state)) return;
  const tokens = state.path.slice(0, state.depth);
  if (name !== undefined) tokens.push(name);
  const path = tokens.map((token) => `/${pointerToken(token)}`).join('');
  state.problems.push({ path, rule, message: `${path === '' ? 'the record' : path}: ${what}` });
};

/** RFC 6901 escapes; a name that someone made up may be long, so it is cut. */
const pointerToken = (token: string | number): string =>
  cut(String(token)).replaceAll('~', '~0').replaceAll('/', '~1');

const cut = (text: string): string =>
  text.length <= ECHO_CHARACTERS_MAX ? text : `${text.slice(0, ECHO_CHARACTERS_MAX - 1)}…`;

/** The value as a person wrote it, cut: `the string "abc"`, `the number 1.5`, `null`, `an array`. */
export const describeValue = (value: unknown): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  switch (typeof value) {
    case 'string':
      return `the string ${JSON.stringify(cut(value))}`;
    case 'number':
      return `the number ${value}`;
    case 'boolean':
      return String(value);
    case 'object':
      return 'an object';
    default:
      return `a ${typeof value}`;
  }
};

/** A name from the input or the schema, quoted and cut. */
export const describeName = (name: string): string => JSON.stringify(cut(name));

/** The usual problem: a value of another type. */
export const reportType = (state: EncodeState, expected: string, value: unknown): void =>
  report(state, 'type', `expected ${expected}, got ${describeValue(value)}`);
