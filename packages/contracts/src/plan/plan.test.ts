import { describe, expect, test } from 'vitest';
import type { Contract } from '../contract.ts';
import { parseProject } from '../project/parse-project.ts';
import { exampleFiles } from '../testing/example-files.ts';
import { viewColumns, viewSelect } from '../warehouse/table-ddl.ts';
import { hasWarehouse, tableShape } from '../warehouse/warehouse-table.ts';
import type { ActualTable } from './actual-table.ts';
import { planSubjects, type SubjectState, wantedSubjects } from './subjects.ts';
import { planTables } from './tables.ts';
import { planTopics, platformTopics, type TopicState, wantedTopics } from './topics.ts';

/**
 * The differences as values. That the servers agree with them is proved by apply.stack.test.ts in the
 * command line.
 */
const { contracts } = parseProject(exampleFiles());
const departed = contracts.filter(hasWarehouse).find(({ id }) => id === 'flights.departed')!;
const airports = contracts.filter(hasWarehouse).find(({ id }) => id === 'flights.airports')!;

const kinds = (steps: readonly { kind: string; line: string }[]) =>
  steps.map(({ kind, line }) => `${kind}: ${line}`);

describe('topics', () => {
  const topic = { ...departed.topic, replicationFactor: 3 };
  const asDeclared: TopicState = {
    name: topic.name,
    partitions: 4,
    replicationFactor: 3,
    config: { 'cleanup.policy': 'delete', 'retention.ms': '604800000' },
  };
  const plan = (actual: Partial<TopicState>, keyed = false) =>
    planTopics([{ settings: topic, keyed }], [{ ...asDeclared, ...actual }]);

  test('of the platform, of every contract and of every captured database are wanted', () => {
    expect(wantedTopics(contracts).map(({ settings }) => settings.name)).toEqual([
      '_millrace.cdc.positions.flights',
      '_millrace.cdc.state.flights',
      'changes.flights.public.airports',
      'dead.cdc',
      'dead.sink',
      'dead.stream-transform',
      'events.flights.departed',
    ]);
    expect(platformTopics).toHaveLength(3);
  });

  test('that are missing are created, and those as declared are left alone', () => {
    expect(planTopics([{ settings: topic, keyed: false }], [])).toMatchObject([{ kind: 'create' }]);
    expect(plan({})).toMatchObject([{ kind: 'unchanged' }]);
  });

  test.each([
    ['more partitions without keys', { partitions: 2 }, false, 'alter'],
    ['more partitions with keys', { partitions: 2 }, true, 'destructive'],
    ['fewer partitions', { partitions: 8 }, false, 'refused'],
    ['another replication factor', { replicationFactor: 1 }, false, 'refused'],
    [
      'longer retention',
      { config: { 'cleanup.policy': 'delete', 'retention.ms': '1000' } },
      false,
      'alter',
    ],
    [
      'shorter retention',
      { config: { 'cleanup.policy': 'delete', 'retention.ms': '-1' } },
      false,
      'destructive',
    ],
    [
      'another cleanup',
      { config: { 'cleanup.policy': 'compact', 'retention.ms': '604800000' } },
      false,
      'destructive',
    ],
    ['defaults written out', { config: {} }, false, 'alter'],
  ])('with %s', (_name, actual, keyed, kind) => {
    expect(plan(actual, keyed)).toMatchObject([{ kind }]);
  });

  test('leave the replication factor to the broker unless the contract names one', () => {
    const settings = { ...topic, replicationFactor: -1 };
    expect(planTopics([{ settings, keyed: false }], [asDeclared])).toMatchObject([
      { kind: 'unchanged' },
    ]);
  });
});

describe('subjects', () => {
  const wanted = wantedSubjects(contracts);
  const subject = 'events.flights.departed-value';
  const event = wanted.filter((one) => one.subject === subject);
  const state = (rest: Partial<SubjectState>): SubjectState => ({
    subject,
    compatibility: 'BACKWARD_TRANSITIVE',
    latestSchemaText: departed.schemaText,
    ...rest,
  });
  const grown = (field: object) => {
    const document = JSON.parse(departed.schemaText) as { fields: object[] };
    return JSON.stringify({ ...document, fields: [...document.fields, field] });
  };

  test('of an event hold its schema, of a change stream only a compatibility', () => {
    expect(wanted.map((one) => [one.subject, one.level, one.schemaText !== undefined])).toEqual([
      ['changes.flights.public.airports-key', 'NONE', false],
      ['changes.flights.public.airports-value', 'NONE', false],
      [subject, 'BACKWARD_TRANSITIVE', true],
    ]);
  });

  test('get their first version and then their own compatibility', () => {
    expect(kinds(planSubjects(event, []))).toEqual([
      'create: register the first version',
      'create: compatibility (global) → BACKWARD_TRANSITIVE',
    ]);
  });

  test('get another compatibility before a new version, so that it judges the version', () => {
    const latestSchemaText = grown({ name: 'gate', type: 'string' });
    const before = state({ compatibility: 'NONE', latestSchemaText });
    expect(kinds(planSubjects(event, [before]))).toEqual([
      'alter: compatibility NONE → BACKWARD_TRANSITIVE',
      'alter: register a new version',
    ]);
  });

  test('of a change stream are left to cdc until it has registered them', () => {
    const name = 'changes.flights.public.airports-value';
    const change = wanted.filter((one) => one.subject === name);
    expect(planSubjects(change, [])).toMatchObject([{ kind: 'unchanged' }]);
    const registered = { subject: name, latestSchemaText: '"string"' };
    expect(kinds(planSubjects(change, [registered]))).toEqual([
      'create: compatibility (global) → NONE',
    ]);
  });

  test('are unchanged when only the text of the schema differs', () => {
    const compact = JSON.stringify(JSON.parse(departed.schemaText));
    expect(planSubjects(event, [state({ latestSchemaText: compact })])).toMatchObject([
      { kind: 'unchanged' },
    ]);
  });

  test('get a new version when it breaks no reader', () => {
    const earlier = grown({ name: 'gate', type: 'string' });
    expect(kinds(planSubjects(event, [state({ latestSchemaText: earlier })]))).toEqual([
      'alter: register a new version',
    ]);
  });

  test('refuse a version that breaks readers by our rules or by the registry’s', () => {
    const short = JSON.parse(departed.schemaText) as { fields: object[] };
    const earlier = JSON.stringify({ ...short, fields: short.fields.slice(1) });
    expect(planSubjects(event, [state({ latestSchemaText: earlier })])).toMatchObject([
      { kind: 'refused', line: expect.stringContaining('field-added-without-default') },
    ]);
    const verdict = { compatible: false, messages: ['reader field missing'] };
    const other = grown({ name: 'gate', type: 'string' });
    expect(planSubjects(event, [state({ latestSchemaText: other, verdict })])).toMatchObject([
      { kind: 'refused', line: expect.stringContaining('reader field missing') },
    ]);
  });
});

describe('tables', () => {
  const shape = tableShape(departed);
  const table: ActualTable = {
    name: shape.name,
    columns: shape.columns,
    engine: shape.engine,
    sortingKey: 'origin, departed_at',
    partitionKey: 'toYYYYMM(departed_at)',
    comment: shape.comment,
    settings: { non_replicated_deduplication_window: '10000' },
  };
  const view: ActualTable = {
    name: departed.warehouse.view,
    columns: viewColumns(departed),
    engine: 'View',
    isDefiner: true,
    sortingKey: '',
    partitionKey: '',
    select: viewSelect(departed).replace('FROM ', 'FROM db.'),
  };
  const plan = (actual: Partial<ActualTable>, contract: Contract = departed) =>
    kinds(planTables([contract], [{ ...table, ...actual }, view], 'db')).filter(
      (line) => !line.startsWith('unchanged'),
    );
  const columnsWith = (name: string, change: object) =>
    table.columns.map((column) => (column.name === name ? { ...column, ...change } : column));

  test('that are missing are created before their views', () => {
    const steps = planTables([airports], [], 'db');
    expect(steps.map(({ kind, target }) => `${kind} ${target}`)).toEqual([
      'create table',
      'create table',
      'create view',
      'create view',
      'create dictionary',
    ]);
  });

  test('as declared are unchanged, in whatever spelling the server prints', () => {
    const spelt = columnsWith('departed_at', { type: "DateTime64(3,'UTC')" });
    expect(plan({ columns: spelt, sortingKey: '(origin,departed_at)' })).toEqual([]);
  });

  test('get views that read with the rights of their maker in place of those that ask for the reader’s', () => {
    const { isDefiner: _, ...asked } = view;
    const steps = planTables([departed], [table, asked], 'db');
    expect(kinds(steps)).toContain('alter: reads with the rights of its maker');
  });

  test('get new columns after their neighbour', () => {
    const columns = table.columns.filter(({ name }) => name !== 'delay_minutes');
    const [step] = planTables([departed], [{ ...table, columns }, view], 'db');
    expect(step).toMatchObject({ kind: 'alter', line: 'add column delay_minutes Int32' });
    expect(step?.action?.statement).toMatch(/ADD COLUMN IF NOT EXISTS .* AFTER `departed_at`$/);
  });

  test.each([
    ['null no longer allowed', { type: 'Nullable(Int32)' }, 'destructive'],
    ['a number that a person narrowed', { type: 'Int16' }, 'destructive'],
    ['another comment', { comment: 'old' }, 'alter'],
    ['another codec', { codec: 'LZ4' }, 'alter'],
    ['a default that should not be', { defaultExpression: '1' }, 'alter'],
  ])('with %s', (_name, change, kind) => {
    expect(plan({ columns: columnsWith('delay_minutes', change) })).toEqual([
      expect.stringMatching(new RegExp(`^${kind}: column delay_minutes`)),
    ]);
  });

  test('take a lossless widening without asking', () => {
    const columns = departed.warehouse.columns.map((column) =>
      column.name === 'delay_minutes' ? { ...column, type: 'Nullable(Int64)' } : column,
    );
    const wider = { ...departed, warehouse: { ...departed.warehouse, columns } };
    expect(plan({}, wider)).toEqual([
      'alter: column delay_minutes Int32 → Nullable(Int64)',
      'alter: columns change',
    ]);
  });

  test('get the codec of a new type with it, since the old one may be none for it', () => {
    const columns = departed.warehouse.columns.map((column) =>
      column.name === 'delay_minutes' ? { ...column, type: 'Float64', codec: 'ZSTD(1)' } : column,
    );
    const wider = { ...departed, warehouse: { ...departed.warehouse, columns } };
    const [step] = planTables([wider], [table, view], 'db');
    expect(step?.action?.statement).toMatch(/ `delay_minutes` Float64 CODEC\(ZSTD\(1\)\)$/);
  });

  test('refuse another type for a column of the key', () => {
    expect(plan({ columns: columnsWith('origin', { type: 'String' }) })).toEqual([
      expect.stringMatching(/^refused: column origin/),
    ]);
  });

  test('ask before a column is removed', () => {
    const columns = [...table.columns, { name: 'gate', type: 'String' }];
    expect(plan({ columns })).toEqual([
      'destructive: remove column gate String: its values are lost',
    ]);
  });

  test.each([
    ['engine', { engine: 'ReplacingMergeTree' }],
    ['orderBy', { sortingKey: 'departed_at' }],
    ['partitionBy', { partitionKey: '' }],
  ])('refuse another %s', (word, actual) => {
    expect(plan(actual)).toEqual([expect.stringMatching(new RegExp(`^refused: ${word}`))]);
  });

  test('notice that their deduplication window was turned off', () => {
    expect(plan({ settings: {} })).toEqual([
      'alter: setting non_replicated_deduplication_window (default) → 10000',
    ]);
  });

  test('ask before rows expire, and not before they stop expiring', () => {
    const expiring = {
      ...departed,
      warehouse: { ...departed.warehouse, ttl: 'departed_at + INTERVAL 1 YEAR' },
    };
    expect(plan({}, expiring)).toEqual([expect.stringMatching(/^destructive: ttl/)]);
    expect(plan({ ttl: 'departed_at + toIntervalYear(1)' }, expiring)).toEqual([]);
    expect(plan({ ttl: 'departed_at + toIntervalYear(1)' })).toEqual([
      expect.stringMatching(/^alter: ttl/),
    ]);
  });
});
