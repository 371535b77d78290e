import { expect, test } from 'vitest';
import { sourceTypeParameters } from './source-type.ts';

const told = (name: string, typeModifier: number, baseName = name) =>
  Object.values(sourceTypeParameters('c', { name, baseName, typeModifier }));

test('type, length and scale are those that PostgreSQL declares', () => {
  expect(
    sourceTypeParameters('größe', { name: 'varchar', baseName: 'varchar', typeModifier: 24 }),
  ).toEqual({
    '__debezium.source.column.type': 'VARCHAR',
    '__debezium.source.column.length': '20',
    '__debezium.source.column.scale': '0',
    '__debezium.source.column.name': 'größe',
  });
  expect(told('numeric', ((12 << 16) | 2) + 4)).toEqual(['NUMERIC', '12', '2', 'c']);
  expect(told('timestamp', 3)).toEqual(['TIMESTAMP', '26', '3', 'c']);
  expect(told('text', -1)).toEqual(['TEXT', '2147483647', '0', 'c']);
});

test('a domain has its own name and the length of what it is made of', () => {
  expect(told('amount', ((10 << 16) | 2) + 4, 'numeric')).toEqual(['AMOUNT', '10', '2', 'c']);
});

test('an array has its own name and the length of its elements; a numeric without digits the most there can be', () => {
  expect(told('_int4', -1, 'int4')).toEqual(['_INT4', '10', '0', 'c']);
  expect(told('numeric', -1)).toEqual(['NUMERIC', '131089', '0', 'c']);
});
