import { isUtf8 } from 'node:buffer';
import type { AvroFixed, AvroNode, AvroPrimitiveNode } from '@millrace/contracts';
import { compileLogicalCheck } from './datum-logical.ts';
import { createEncodeState, type EncodeState, isFull, report } from './encode-state.ts';
import type { JsonProblem } from './json-problem.ts';
import { readLong } from './varint.ts';

/**
 * What is wrong with a datum that somebody else encoded, told by paths as for JSON. Where `datum-check.ts` only
 * says whether bytes are one datum, this also checks what bytes can carry and a contract cannot: text that is
 * not UTF-8, a UUID that is none, a decimal of too many digits. Nothing is decoded; the bytes stay as they are.
 * Source: Avro specification 1.12, Binary Encoding and Logical Types.
 */
export interface DatumInspection {
  /** The position behind the datum; -1 when the bytes are none, and `problems` says where they end to be one. */
  readonly end: number;
  /** 20 at most; empty for a datum without fault. */
  readonly problems: readonly JsonProblem[];
}

/** Inspects the datum (without wire header) that begins at `start` and ends at or before `end`. */
export type DatumInspector = (bytes: Buffer, start: number, end: number) => DatumInspection;

/** The position behind the value at `at`, or MALFORMED, with its problem reported. */
type Walk = (bytes: Buffer, at: number, end: number) => number;

const MALFORMED = -1;
const problemsMax = 20;

/** Compiles the inspector of datums written with `node`. Throws nothing for a schema that was parsed. */
export const compileDatumInspector = (node: AvroNode): DatumInspector => {
  const state = createEncodeState(problemsMax);
  const walk = compileWalk(node, state, new Map());
  return (bytes, start, end) => {
    state.depth = 0;
    state.problems = [];
    return { end: walk(bytes, start, end), problems: state.problems };
  };
};

const malformed = (state: EncodeState, what: string): number => {
  // Of the faults of bytes only the first means anything, and it must be among those told.
  if (isFull(state)) state.problems.pop();
  report(state, 'bytes', what);
  return MALFORMED;
};

const cutOff = 'the bytes end within the value';

const compileWalk = (node: AvroNode, state: EncodeState, known: Map<AvroNode, Walk>): Walk => {
  const found = known.get(node);
  if (found !== undefined) return found;
  const walk = walkOf(node, state, (part) => compileWalk(part, state, known));
  known.set(node, walk);
  return walk;
};

const walkOf = (node: AvroNode, state: EncodeState, compile: (node: AvroNode) => Walk): Walk => {
  switch (node.kind) {
    case 'null':
      return (_bytes, at) => at;
    case 'boolean':
      return (bytes, at, end) => {
        if (at >= end) return malformed(state, cutOff);
        return bytes[at]! <= 1 ? at + 1 : malformed(state, 'a boolean is neither 0 nor 1');
      };
    case 'float':
      return walkSize(state, 4);
    case 'double':
      return walkSize(state, 8);
    case 'enum':
      return walkIndexed(
        state,
        node.symbols.map(() => (_bytes, at) => at),
        'symbol',
      );
    case 'union':
      return walkIndexed(state, node.branches.map(compile), 'branch');
    case 'array':
      return walkBlocks(state, compile(node.items));
    case 'map':
      return walkBlocks(state, inSequence([walkText(state), compile(node.values)]));
    case 'record':
      return walkRecord(
        state,
        node.fields.map(({ name, type }) => ({ name, walk: compile(type) })),
      );
    default:
      return checked(node, state, walkScalar(node, state));
  }
};

const walkScalar = (node: AvroPrimitiveNode | AvroFixed, state: EncodeState): Walk => {
  switch (node.kind) {
    case 'int':
      return (bytes, at, end) => walkVarint(state, bytes, at, end, 5, 0x0f);
    case 'long':
      return (bytes, at, end) => walkVarint(state, bytes, at, end, 10, 0x01);
    case 'string':
      return walkText(state);
    case 'fixed':
      return walkSize(state, node.size);
    default:
      return (bytes, at, end) => walkSized(state, bytes, at, end);
  }
};

/** The value's own check behind its walk, for a logical type that has one. */
const checked = (node: AvroPrimitiveNode | AvroFixed, state: EncodeState, walk: Walk): Walk => {
  const check = compileLogicalCheck(node);
  if (check === undefined) return walk;
  return (bytes, at, end) => {
    const behind = walk(bytes, at, end);
    if (behind !== MALFORMED) check(state, bytes, at, behind);
    return behind;
  };
};

const walkSize =
  (state: EncodeState, size: number): Walk =>
  (_bytes, at, end) =>
    at + size <= end ? at + size : malformed(state, cutOff);

const inSequence =
  (walks: readonly Walk[]): Walk =>
  (bytes, at, end) => {
    let position = at;
    for (const walk of walks) {
      position = walk(bytes, position, end);
      if (position === MALFORMED) return MALFORMED;
    }
    return position;
  };

const walkRecord =
  (state: EncodeState, fields: readonly { readonly name: string; readonly walk: Walk }[]): Walk =>
  (bytes, at, end) => {
    const level = state.depth++;
    let position = at;
    for (const { name, walk } of fields) {
      state.path[level] = name;
      position = walk(bytes, position, end);
      // The depth stays where the bytes went wrong: nothing is told after that.
      if (position === MALFORMED) return MALFORMED;
    }
    state.depth = level;
    return position;
  };

const walkVarint = (
  state: EncodeState,
  bytes: Buffer,
  at: number,
  end: number,
  bytesMax: number,
  lastMax: number,
): number => {
  for (let position = at; position < at + bytesMax; position += 1) {
    if (position >= end) return malformed(state, cutOff);
    const byte = bytes[position]!;
    if (byte > 0x7f) continue;
    if (position === at + bytesMax - 1 && byte > lastMax) break;
    return position + 1;
  }
  return malformed(state, bytesMax === 5 ? 'more than 32 bits' : 'more than 64 bits');
};

const walkSized = (state: EncodeState, bytes: Buffer, at: number, end: number): number => {
  const start = walkVarint(state, bytes, at, end, 10, 0x01);
  if (start === MALFORMED) return MALFORMED;
  const length = readLong(bytes, at, start);
  if (length < 0) return malformed(state, 'a length below zero');
  return length <= end - start ? start + length : malformed(state, cutOff);
};

const walkText =
  (state: EncodeState): Walk =>
  (bytes, at, end) => {
    const behind = walkSized(state, bytes, at, end);
    if (behind === MALFORMED) return MALFORMED;
    let start = at;
    while (bytes[start]! > 0x7f) start += 1;
    if (!isText(bytes, start + 1, behind)) report(state, 'format', 'the text is not UTF-8');
    return behind;
  };

/** A loop over short ASCII is several times as fast as a call of the engine. */
const isText = (bytes: Buffer, start: number, end: number): boolean => {
  const looked = Math.min(end, start + 32);
  let at = start;
  while (at < looked && bytes[at]! < 0x80) at += 1;
  return at === end || isUtf8(bytes.subarray(at, end));
};

const walkIndexed =
  (state: EncodeState, branches: readonly Walk[], what: 'symbol' | 'branch'): Walk =>
  (bytes, at, end) => {
    const start = walkVarint(state, bytes, at, end, 5, 0x0f);
    if (start === MALFORMED) return MALFORMED;
    const index = readLong(bytes, at, start);
    const branch = branches[index];
    return branch === undefined
      ? malformed(state, `there is no ${what} ${index}`)
      : branch(bytes, start, end);
  };

/** Blocks of items until an empty one; a negative count is followed by the block's size, which has to be true. */
const walkBlocks =
  (state: EncodeState, walkItem: Walk): Walk =>
  (bytes, at, end) => {
    const level = state.depth++;
    let position = at;
    let index = 0;
    for (;;) {
      state.path[level] = index;
      const block = openBlock(state, bytes, position, end);
      if (block === undefined) return MALFORMED;
      position = block.at;
      if (block.count === 0) break;
      for (let item = block.count; item > 0; item -= 1) {
        state.path[level] = index++;
        position = walkItem(bytes, position, end);
        if (position === MALFORMED) return MALFORMED;
      }
      if (block.end !== undefined && position !== block.end) {
        return malformed(state, 'a block is not as long as it says');
      }
    }
    state.depth = level;
    return position;
  };

interface Block {
  readonly at: number;
  readonly count: number;
  readonly end?: number;
}

const openBlock = (
  state: EncodeState,
  bytes: Buffer,
  at: number,
  end: number,
): Block | undefined => {
  const counted = walkVarint(state, bytes, at, end, 10, 0x01);
  if (counted === MALFORMED) return undefined;
  const count = readLong(bytes, at, counted);
  // More items than bytes: only items without bytes could be so many, and nobody sends those.
  if (Math.abs(count) > end - at) {
    malformed(state, `a block of ${Math.abs(count)} items in ${end - at} bytes`);
    return undefined;
  }
  if (count >= 0) return { at: counted, count };
  const sized = walkVarint(state, bytes, counted, end, 10, 0x01);
  if (sized === MALFORMED) return undefined;
  return { at: sized, count: -count, end: sized + readLong(bytes, counted, sized) };
};
