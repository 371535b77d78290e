import { type Contract, parseAvroSchema } from '@millrace/contracts';
import { expect, test } from 'vitest';
import { contractMisfit } from './contract-misfit.ts';

const decimal = (precision: number, scale: number) => ({
  ...{ type: 'bytes', logicalType: 'decimal', precision, scale },
  'connect.name': 'org.apache.kafka.connect.data.Decimal',
});
const envelopeOf = (type: object): string =>
  JSON.stringify({
    ...{ type: 'record', name: 'Envelope', namespace: 'changes.shop.public.things' },
    fields: [
      {
        name: 'before',
        type: ['null', { type: 'record', name: 'Value', fields: [{ name: 'price', type }] }],
      },
    ],
  });
const contractOf = (type: object): Contract =>
  ({
    id: 'shop.things',
    record: parseAvroSchema({
      ...{ type: 'record', name: 'things', namespace: 'shop', fields: [{ name: 'price', type }] },
    }),
  }) as unknown as Contract;

test('a numeric of other digits cannot be read by the contract, which nobody converts', () => {
  const contract = contractOf({ type: 'bytes', logicalType: 'decimal', precision: 5, scale: 1 });
  expect(contractMisfit(contract, envelopeOf(decimal(5, 1)))).toBeUndefined();
  expect(contractMisfit(contract, envelopeOf(decimal(6, 2)))).toMatch(/shop\.things.*price/);
});

test('a time is converted by whoever lands it, who judges it, too', () => {
  const contract = contractOf({ type: 'long', logicalType: 'timestamp-micros' });
  const zoned = { type: 'string', 'connect.name': 'io.debezium.time.ZonedTimestamp' };
  expect(contractMisfit(contract, envelopeOf(zoned))).toBeUndefined();
});
