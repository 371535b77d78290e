import type { AvroEnum, AvroPrimitive } from '@millrace/contracts';
import {
  describeName,
  describeValue,
  putInteger,
  report,
  reportType,
  reserve,
} from './encode-state.ts';
import { writeDouble, writeFloat, writeInt, writeLong } from './json-number.ts';
import { writeBase64, writeLatin1, writeString } from './json-text.ts';
import type { Dialect, ValueWriter } from './value-writer.ts';

/** Avro's primitives by name, and the simplest of them. Logical types are in `json-logical.ts`. */
export const primitiveWriter = (kind: AvroPrimitive, dialect: Dialect): ValueWriter => {
  switch (kind) {
    case 'null':
      return writeNull;
    case 'boolean':
      return writeBoolean;
    case 'int':
      return writeInt;
    case 'long':
      return writeLong;
    case 'float':
      return writeFloat;
    case 'double':
      return writeDouble;
    case 'string':
      return writeString;
    case 'bytes':
      return dialect === 'default' ? writeLatin1 : writeBase64;
  }
};

const writeNull: ValueWriter = (state, value) => {
  if (value !== null) reportType(state, 'null', value);
};

const writeBoolean: ValueWriter = (state, value) => {
  if (typeof value !== 'boolean') return reportType(state, 'true or false', value);
  reserve(state, 1);
  state.buffer[state.position++] = value ? 1 : 0;
};

export const enumWriter = ({ symbols }: AvroEnum): ValueWriter => {
  const indexes = new Map(symbols.map((symbol, index) => [symbol, index]));
  const some = symbols.slice(0, 5).map(describeName).join(', ');
  const expected = symbols.length > 5 ? `one of ${some}, …` : `one of ${some}`;
  return (state, value) => {
    const index = typeof value === 'string' ? indexes.get(value) : undefined;
    if (index !== undefined) return putInteger(state, index);
    report(state, 'symbol', `expected ${expected}, got ${describeValue(value)}`);
  };
};
