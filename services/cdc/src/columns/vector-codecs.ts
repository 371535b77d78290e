/** pgvector's types as Debezium's arrays and record. Source: pgvector documentation, text forms. */
import { type AvroOutput, writeByte, writeLong } from './avro-output.ts';
import { type ColumnCodec, invalidValue } from './column-codec.ts';

const NUMBER = /^[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?$/;

const numberOf = (text: string): number => {
  if (!NUMBER.test(text)) throw invalidValue('vector');
  return Number(text);
};

const writeDouble = (out: AvroOutput, value: number): void => {
  out.bytes.writeDoubleLE(value, out.position);
  out.position += 8;
};
const writeFloat = (out: AvroOutput, value: number): void => {
  out.bytes.writeFloatLE(value, out.position);
  out.position += 4;
};

/** `[1,2.5,3]` */
const dense = (
  items: 'double' | 'float',
  name: string,
  writeItem: (out: AvroOutput, value: number) => void,
): ColumnCodec => ({
  schema: { type: 'array', items, 'connect.version': 1, 'connect.name': name },
  write: (out, source, start, length) => {
    const text = source.toString('latin1', start, start + length);
    if (!text.startsWith('[') || !text.endsWith(']')) throw invalidValue('vector');
    const values = text.slice(1, -1).split(',').map(numberOf);
    writeLong(out, values.length);
    for (const value of values) writeItem(out, value);
    writeByte(out, 0);
  },
  writeFallback: (out) => writeByte(out, 0),
});

export const vector = dense('double', 'io.debezium.data.DoubleVector', writeDouble);
export const halfvec = dense('float', 'io.debezium.data.FloatVector', writeFloat);

const int16 = { type: 'int', 'connect.type': 'int16' };
const SPARSE = /^\{(.*)\}\/(\d+)$/;

/** `{1:0.5,3:2}/5`: items that are not zero, and the number of dimensions. */
export const sparsevec: ColumnCodec = {
  schema: {
    type: 'record',
    name: 'SparseDoubleVector',
    namespace: 'io.debezium.data',
    fields: [
      { name: 'dimensions', type: int16 },
      {
        name: 'vector',
        type: {
          type: 'array',
          items: {
            type: 'record',
            name: 'MapEntry',
            namespace: 'io.confluent.connect.avro',
            fields: [
              { name: 'key', type: int16 },
              { name: 'value', type: 'double' },
            ],
          },
        },
      },
    ],
    'connect.doc': 'Sparse double vector',
    'connect.version': 1,
    'connect.name': 'io.debezium.data.SparseDoubleVector',
  },
  write: (out, source, start, length) => {
    const parts = SPARSE.exec(source.toString('latin1', start, start + length));
    if (parts === null) throw invalidValue('sparsevec');
    const [, inside = '', dimensions = ''] = parts;
    const pairs = inside === '' ? [] : inside.split(',').map((pair) => pair.split(':'));
    writeLong(out, Number(dimensions));
    if (pairs.length > 0) writeLong(out, pairs.length);
    for (const [index = '', value = ''] of pairs) {
      writeLong(out, numberOf(index));
      writeDouble(out, numberOf(value));
    }
    writeByte(out, 0);
  },
  writeFallback: (out) => {
    writeLong(out, 0);
    writeByte(out, 0);
  },
};
