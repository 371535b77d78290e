import { expect, test } from 'vitest';
import { schemaChanges, versionRecord } from './schema-changes.ts';

const schema = (fields: readonly object[]): string =>
  JSON.stringify({ type: 'record', name: 'flight', namespace: 'flights', fields });
const id = { name: 'id', type: 'string' };
const delay = { name: 'delay', type: 'int', doc: 'Minutes.' };

test('what breaks readers is named by the rule, what does not by its own name', () => {
  const before = schema([id, delay]);
  const after = schema([
    { ...id, doc: 'Names it.' },
    { name: 'gate', type: ['null', 'string'], default: null },
    { name: 'origin', type: 'string' },
  ]);
  expect(schemaChanges(before, after, 'BACKWARD_TRANSITIVE')).toEqual([
    {
      ...{ rule: 'field-added-without-default', field: 'origin', breaking: true },
      message: expect.stringContaining('origin was added without a default'),
    },
    {
      ...{ rule: 'field-added', field: 'gate', breaking: false },
      message: 'gate was added (string?, null when absent).',
    },
    {
      ...{ rule: 'field-added', field: 'origin', breaking: false },
      message: 'origin was added (string).',
    },
    { rule: 'field-removed', field: 'delay', breaking: false, message: 'delay was removed.' },
    { rule: 'doc-changed', field: 'id', breaking: false, message: 'id: other words.' },
  ]);
});

test('an alias makes it another name of the same field, and the only field of that type that went looks so', () => {
  const late = { ...delay, name: 'late_minutes' };
  const renamed = (aliases: readonly string[]) =>
    schemaChanges(schema([id, delay]), schema([id, { ...late, aliases }]), 'NONE');
  expect(renamed(['delay'])).toMatchObject([
    { rule: 'field-renamed', message: 'late_minutes was renamed from delay.' },
  ]);
  expect(renamed([])).toMatchObject([
    { rule: 'field-renamed', message: 'late_minutes looks like another name of delay.' },
  ]);
});

test('records in records, arrays and maps are looked into', () => {
  const stop = (fields: readonly object[]) => ({
    name: 'stops',
    type: { type: 'array', items: { type: 'record', name: 'stop', fields } },
  });
  expect(
    schemaChanges(
      schema([stop([{ name: 'at', type: 'int' }])]),
      schema([stop([{ name: 'at', type: 'int', default: 3 }])]),
      'BACKWARD',
    ),
  ).toMatchObject([
    {
      rule: 'default-changed',
      field: 'stops[].at',
      message: expect.stringContaining('none became 3'),
    },
  ]);
});

test('of a change event it is the row that counts; what is no record has no changes', () => {
  const envelope = JSON.stringify({
    type: 'record',
    name: 'Envelope',
    fields: [
      { name: 'before', type: ['null', { type: 'record', name: 'Value', fields: [id] }] },
      { name: 'after', type: ['null', 'Value'] },
      { name: 'op', type: 'string' },
    ],
  });
  expect(versionRecord(envelope)?.fields.map(({ name }) => name)).toEqual(['id']);
  expect(schemaChanges('"string"', envelope, 'FULL')).toEqual([]);
  expect(schemaChanges('nothing', envelope, 'FULL')).toEqual([]);
});
