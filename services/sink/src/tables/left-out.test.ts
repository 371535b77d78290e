import type { WarehouseContract } from '@millrace/contracts';
import { expect, test } from 'vitest';
import { leftOutFields } from './left-out.ts';

const field = (name: string) => ({ name, type: 'string' });
const contract = (kind: 'event' | 'change') =>
  ({ source: { kind }, record: { fields: [{ name: 'iata' }] } }) as unknown as WarehouseContract;
const row = { type: 'record', name: 'Value', fields: [field('iata'), field('gate')] };

test('the fields of an event that its contract does not know are left out', () => {
  expect(leftOutFields(contract('event'), JSON.stringify(row))).toEqual(['gate']);
});

test('of a change the fields of its row count, not those of its envelope', () => {
  const envelope = {
    type: 'record',
    name: 'Envelope',
    fields: [{ name: 'after', type: ['null', row] }, field('op')],
  };
  expect(leftOutFields(contract('change'), JSON.stringify(envelope))).toEqual(['gate']);
});

test('a schema that is none leaves nothing out: its records are refused for that', () => {
  expect(leftOutFields(contract('event'), '{"type": "recrod"}')).toEqual([]);
});
