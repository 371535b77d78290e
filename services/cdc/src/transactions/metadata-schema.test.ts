import { expect, test } from 'vitest';
import { transactionValueSchema } from './metadata-schema.ts';

test('the counts of an END may each be null, as Kafka Connect has it: an array’s items are optional', () => {
  const { fields } = JSON.parse(transactionValueSchema) as {
    readonly fields: readonly { readonly name: string; readonly type: unknown }[];
  };
  const counts = fields.find(({ name }) => name === 'data_collections')?.type;
  expect(counts).toMatchObject(['null', { items: ['null', { name: 'collection' }] }]);
});
