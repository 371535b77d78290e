import type { AvroNode } from '@millrace/contracts';
import { readLong } from './varint.ts';
import { FRAME_HEADER_BYTES } from './wire-format.ts';

/**
 * Whether bytes are exactly one datum of a schema, found by walking over them: nothing is decoded and
 * nothing allocated, at some ten nanoseconds a field. It is what makes splicing safe: appended fields
 * follow the datum, so a datum that is too short or too long would shift them without an error.
 * It checks lengths, union and enum indexes, booleans and the width of integers; not UTF-8.
 * Source: Avro specification, Binary Encoding.
 */
export type DatumCheck = (bytes: Buffer, start: number, end: number) => boolean;

/** The position behind the value at `at`, or MALFORMED when it does not end at or before `end`. */
type Walk = (bytes: Buffer, at: number, end: number) => number;

const MALFORMED = -1;

/** Compiles the check of framed records (wire header and datum, from `start` to before `end`) written with `node`. */
export const compileDatumCheck = (node: AvroNode): DatumCheck => {
  const walk = compileWalk(node);
  return (bytes, start, end) => walk(bytes, start + FRAME_HEADER_BYTES, end) === end;
};

const compileWalk = (node: AvroNode): Walk => {
  switch (node.kind) {
    case 'null':
      return (_bytes, at) => at;
    case 'boolean':
      return (bytes, at, end) => (at < end && bytes[at]! <= 1 ? at + 1 : MALFORMED);
    case 'int':
      return walkInt;
    case 'long':
      return walkLong;
    case 'float':
      return walkFixed(4);
    case 'double':
      return walkFixed(8);
    case 'fixed':
      return walkFixed(node.size);
    case 'bytes':
    case 'string':
      return walkSized;
    case 'enum':
      return walkIndexed(node.symbols.map(() => (_bytes, at) => at));
    case 'union':
      return walkIndexed(node.branches.map(compileWalk));
    case 'array':
      return walkBlocks(compileWalk(node.items));
    case 'map':
      return walkBlocks(inSequence([walkSized, compileWalk(node.values)]));
    case 'record':
      return inSequence(node.fields.map((field) => compileWalk(field.type)));
  }
};

const walkFixed =
  (size: number): Walk =>
  (_bytes, at, end) =>
    at + size <= end ? at + size : MALFORMED;

const inSequence =
  (walks: readonly Walk[]): Walk =>
  (bytes, at, end) => {
    let position = at;
    for (let index = 0; index < walks.length; index += 1) {
      position = walks[index]!(bytes, position, end);
      if (position === MALFORMED) return MALFORMED;
    }
    return position;
  };

/** An int takes five bytes at most, and the fifth holds its last four bits. */
const walkInt: Walk = (bytes, at, end) => {
  const behind = walkVarint(bytes, at, end, 5);
  return behind - at === 5 && bytes[behind - 1]! > 0x0f ? MALFORMED : behind;
};

/** A long takes ten bytes at most, and the tenth holds its last bit. */
const walkLong: Walk = (bytes, at, end) => {
  const behind = walkVarint(bytes, at, end, 10);
  return behind - at === 10 && bytes[behind - 1]! > 0x01 ? MALFORMED : behind;
};

const walkVarint = (bytes: Buffer, at: number, end: number, bytesMax: number): number => {
  const limit = Math.min(at + bytesMax, end);
  for (let position = at; position < limit; position += 1) {
    if (bytes[position]! < 0x80) return position + 1;
  }
  return MALFORMED;
};

const walkSized: Walk = (bytes, at, end) => {
  const start = walkLong(bytes, at, end);
  if (start === MALFORMED) return MALFORMED;
  const behind = start + readLong(bytes, at, start);
  return behind >= start && behind <= end ? behind : MALFORMED;
};

const walkIndexed =
  (branches: readonly Walk[]): Walk =>
  (bytes, at, end) => {
    const start = walkInt(bytes, at, end);
    if (start === MALFORMED) return MALFORMED;
    const branch = branches[readLong(bytes, at, start)];
    return branch ? branch(bytes, start, end) : MALFORMED;
  };

/**
 * Blocks of items until an empty one; a negative count is followed by the block's size in bytes, which has
 * to be true: a reader that skips the field jumps by it.
 */
const walkBlocks =
  (walkItem: Walk): Walk =>
  (bytes, at, end) => {
    let position = at;
    for (;;) {
      const counted = walkLong(bytes, position, end);
      if (counted === MALFORMED) return MALFORMED;
      const count = readLong(bytes, position, counted);
      position = counted;
      if (count === 0) return position;
      let sizedEnd: number | undefined;
      if (count < 0) {
        const sized = walkLong(bytes, position, end);
        if (sized === MALFORMED) return MALFORMED;
        sizedEnd = sized + readLong(bytes, position, sized);
        position = sized;
      }
      // More items than bytes: only items without bytes could be so many, and nobody sends those.
      if (Math.abs(count) > end - at) return MALFORMED;
      for (let item = Math.abs(count); item > 0; item -= 1) {
        position = walkItem(bytes, position, end);
        if (position === MALFORMED) return MALFORMED;
      }
      if (sizedEnd !== undefined && position !== sizedEnd) return MALFORMED;
    }
  };
