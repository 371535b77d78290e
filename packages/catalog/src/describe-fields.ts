/** The fields of a contract as the catalog lists them: what the record, the contract and the table say of each, in one place. */
import { type Classification, type Contract, classifications } from '@millrace/contracts';
import type { CatalogField } from '@millrace/operations';
import { typeText, withoutNull } from './type-text.ts';

/** In the order of the record. */
export const describeFields = (contract: Contract): readonly CatalogField[] => {
  const { about, key, record, warehouse } = contract;
  return record.fields.map(({ name, type }) => {
    const told = about.fields[name];
    const column = warehouse?.columns.find((one) => one.name === name);
    return {
      name,
      businessName: told?.businessName ?? null,
      type: typeText(type),
      column: column?.name ?? null,
      columnType: column?.type ?? null,
      required: !withoutNull(type).isNullable,
      isKey: key.includes(name),
      isUnique: told?.isUnique ?? false,
      isCritical: told?.isCritical ?? false,
      tags: told?.tags ?? [],
      classification: column?.classification ?? told?.classification ?? 'internal',
      description: told?.description ?? '',
      examples: told?.examples ?? [],
    };
  });
};

/** The most closed of the fields' classes. */
export const highestClassification = (fields: readonly CatalogField[]): string =>
  fields.reduce<Classification>((highest, { classification }) => {
    const at = classifications.indexOf(classification as Classification);
    return at > classifications.indexOf(highest) ? (classification as Classification) : highest;
  }, 'public');
