import { isFull, report, reportType, reserve } from './encode-state.ts';
import { enter, isPlainObject, leave } from './json-record.ts';
import { writeString } from './json-text.ts';
import type { ValueWriter } from './value-writer.ts';
import { VARINT_BYTES_MAX, writeVarint } from './varint.ts';

/**
 * Arrays and maps: one block with all items, then the empty block that ends them. The key `__proto__` is
 * refused: avsc assigns it, so that the entry would change the map's prototype instead of being in it.
 */
export const arrayWriter =
  (writeItem: ValueWriter): ValueWriter =>
  (state, value) => {
    if (!Array.isArray(value)) return reportType(state, 'an array', value);
    if (!enter(state)) return;
    const level = state.depth - 1;
    if (value.length > 0) {
      reserve(state, VARINT_BYTES_MAX);
      state.position = writeVarint(state.buffer, state.position, value.length);
    }
    for (let at = 0; at < value.length && !isFull(state); at++) {
      state.path[level] = at;
      writeItem(state, value[at]);
    }
    reserve(state, 1);
    state.buffer[state.position++] = 0;
    leave(state);
  };

export const mapWriter =
  (writeEntry: ValueWriter): ValueWriter =>
  (state, value) => {
    if (!isPlainObject(value)) return reportType(state, 'an object', value);
    if (!enter(state)) return;
    const level = state.depth - 1;
    const keys = Object.keys(value);
    if (keys.length > 0) {
      reserve(state, VARINT_BYTES_MAX);
      state.position = writeVarint(state.buffer, state.position, keys.length);
    }
    for (const key of keys) {
      if (isFull(state)) break;
      state.path[level] = key;
      if (key === '__proto__') report(state, 'format', 'a key that readers in JavaScript lose');
      writeString(state, key);
      writeEntry(state, value[key]);
    }
    reserve(state, 1);
    state.buffer[state.position++] = 0;
    leave(state);
  };
