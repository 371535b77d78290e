import { expect, test } from 'vitest';
import { columnsRead } from './read-plan.ts';

const read = (table: string, ...columns: readonly string[]) => ({
  ...{ 'Node Type': 'ReadFromMergeTree', Description: table },
  Header: columns.map((Name) => ({ Name, Type: 'String' })),
});
const plan = (...Plans: readonly object[]) =>
  JSON.stringify([{ Plan: { 'Node Type': 'Expression', Header: [{ Name: 'made' }], Plans } }]);

test('columns are those of the steps that read, and a table that is read twice has both', () => {
  const join = { 'Node Type': 'Join', Plans: [read('d.a', 'x'), read('d.b', 'y', 'z')] };
  expect(columnsRead(plan(join, read('d.a', 'w')))).toEqual(
    new Map([
      ['d.a', new Set(['x', 'w'])],
      ['d.b', new Set(['y', 'z'])],
    ]),
  );
});

test('what reads no table, or is no plan, names nothing', () => {
  expect(columnsRead(plan({ 'Node Type': 'ReadFromSystemNumbers' }))).toEqual(new Map());
  expect(columnsRead('Expression')).toEqual(new Map());
});
