import { expect, test } from 'vitest';
import { parseProject } from '../project/parse-project.ts';
import { exampleFiles } from '../testing/example-files.ts';
import { findDrift, type Inventory } from './drift.ts';

const { contracts } = parseProject(exampleFiles());
const table = 'flights_departed_raw';
const nothing: Inventory = { tables: [], extras: [], settings: [] };
const drift = (inventory: Partial<Inventory>) =>
  findDrift(contracts, [], { ...nothing, ...inventory }).map(
    ({ name, line, cure }) => `${cure}: ${name} ${line}`,
  );

test('steps of a plan are drift: those without loss are cured by apply, the others by a person', () => {
  const step = { target: 'table', name: table, line: 'x' } as const;
  const kinds = ['create', 'alter', 'destructive', 'refused', 'unchanged'] as const;
  const found = findDrift(
    contracts,
    kinds.map((kind) => ({ ...step, kind })),
    nothing,
  );
  expect(found.map(({ cure }) => cure)).toEqual(['apply', 'apply', 'person', 'person']);
});

test('what was added to a declared table by hand is named, with the statement that removes it', () => {
  expect(
    drift({
      extras: [
        { table, kind: 'constraint', name: 'positive' },
        { table, kind: 'index', name: 'mine' },
        { table, kind: 'index', name: 'idx_origin_set' },
        { table: 'somebody_elses', kind: 'projection', name: 'p' },
      ],
      settings: [
        { table, name: 'index_granularity', value: '8192' },
        { table, name: 'non_replicated_deduplication_window', value: '10000' },
        { table, name: 'merge_with_ttl_timeout', value: '60' },
      ],
    }),
  ).toEqual([
    `person: ${table} constraint positive was added by hand`,
    `person: ${table} index mine was added by hand`,
    `person: ${table} setting merge_with_ttl_timeout = 60 was made by hand`,
  ]);
});

test('a table of the platform’s naming that no contract declares is named; others’ tables are not', () => {
  const named = (name: string) => ({ name, engine: 'MergeTree' });
  expect(drift({ tables: [named(table), named('gone_raw'), named('daily_delays')] })).toEqual([
    'person: gone_raw no contract declares this MergeTree',
  ]);
});
