import type { WarehouseContract } from '@millrace/contracts';
import { expect, test } from 'vitest';
import { checkable, type SourceKnowledge } from './checkable.ts';

const stream = (role: 'fact' | 'dimension' | 'aggregate', source: object) => ({
  contract: { source, warehouse: { role, columns: [] } } as unknown as WarehouseContract,
});
const captured = { kind: 'change', source: 'flights', schema: 'public', table: 'airports' };
const knowledge: SourceKnowledge = { postgresUrl: 'postgres://x', cdcSource: undefined };

test('facts are counted by offsets, dimensions of a database that is known against their source', () => {
  expect(checkable(stream('fact', { kind: 'event' }), knowledge)).toEqual({
    ...{ kind: 'counts', why: null },
  });
  expect(checkable(stream('dimension', captured), knowledge)).toEqual({
    kind: 'source',
    why: null,
  });
  expect(
    checkable(stream('dimension', captured), { ...knowledge, cdcSource: 'flights' }).kind,
  ).toBe('source');
});

test.each([
  ['aggregate', { kind: 'derived' }, knowledge, 'offsets prove nothing'],
  ['dimension', { kind: 'event' }, knowledge, 'no source table'],
  ['dimension', captured, { ...knowledge, postgresUrl: undefined }, 'MILLRACE_POSTGRES_URL'],
  ['dimension', captured, { ...knowledge, cdcSource: 'other' }, 'knows other'],
] as const)('why a %s of %j cannot be counted is said', (role, source, known, why) => {
  expect(checkable(stream(role, source), known)).toEqual({
    kind: null,
    why: expect.stringContaining(why),
  });
});
