import type { CatalogInput } from '@millrace/catalog';
import type { Contract } from '@millrace/contracts';
import { expect, test } from 'vitest';
import { answerFiles } from './answer-files.ts';

const record = (...names: readonly string[]) =>
  JSON.stringify({
    ...{ type: 'record', name: 'paid' },
    fields: names.map((name) => ({ name, type: 'string' })),
  });
const contract = {
  ...{ id: 'shop.paid', schemaText: record('id', 'amount'), source: { kind: 'event' } },
  files: { avsc: 'schemas/shop/paid.avsc', odcs: 'schemas/shop/paid.odcs.yaml' },
} as Contract;
const files = [
  { path: 'schemas/shop/paid.avsc', text: 'as it is' },
  { path: 'schemas/shop/paid.odcs.yaml', text: 'the contract' },
];
const version = (number: number, schemaText: string) => ({
  ...{ version: number, schemaId: number, schemaText, registeredMs: null },
});
const input = {
  observed: () => ({ versions: [version(1, record('id')), version(2, '"string"')] }),
} as unknown as CatalogInput;
const none: CatalogInput = { contracts: [], transforms: [], observed: () => undefined };

test('files are given as they are, with their paths', () => {
  expect(answerFiles(contract, files, none, undefined)).toEqual({ avsc: files[0], odcs: files[1] });
});

test('a version is the record alone, the contract stays', () => {
  const { avsc, odcs } = answerFiles(contract, files, input, '1');
  expect(JSON.parse(avsc.text)).toMatchObject({ fields: [{ name: 'id' }] });
  expect(odcs).toEqual(files[1]);
});

test('a contract that the platform brings has no file to be changed', () => {
  expect(answerFiles(contract, [], none, undefined)).toEqual({
    avsc: { path: 'schemas/shop/paid.avsc', text: contract.schemaText },
    odcs: null,
  });
});

test.each([
  ['0', 'whole number'],
  ['x', 'whole number'],
  ['2', 'no record'],
  ['3', 'no version 3'],
])('version %s is refused: %s', (wanted, why) => {
  expect(() => answerFiles(contract, files, input, wanted)).toThrow(why);
});
