import { parseAvroSchema } from '@millrace/contracts';
import { expect, test } from 'vitest';
import { typeText } from './type-text.ts';

test.each([
  ['string', 'string'],
  [['null', { type: 'long', logicalType: 'timestamp-millis' }], 'timestamp-millis?'],
  [{ type: 'array', items: ['null', 'int'] }, 'array<int?>'],
  [{ type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 }, 'decimal(9, 2)'],
  [{ type: 'enum', name: 'e', symbols: ['A', 'B'] }, 'enum(A | B)'],
  [['int', 'string'], 'int | string'],
  [{ type: 'record', name: 'r', fields: [{ name: 'a', type: 'int' }] }, 'record(a: int)'],
])('%j is told as %s', (schema, text) => {
  expect(typeText(parseAvroSchema(schema))).toBe(text);
});
