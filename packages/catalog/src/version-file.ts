/** A registered version of a schema as the file that a project would hold for it, so that a return to it can be proposed. Pure. */
import type { Contract } from '@millrace/contracts';

type Json = Readonly<Record<string, unknown>>;

const isRecord = (node: unknown): node is Json & { readonly fields: readonly Json[] } =>
  typeof node === 'object' &&
  node !== null &&
  (node as Json)['type'] === 'record' &&
  Array.isArray((node as Json)['fields']);

/** The record in a union with null. */
const innerRecord = (type: unknown) =>
  isRecord(type) ? type : Array.isArray(type) ? type.find(isRecord) : undefined;

/**
 * @param schema of the version, parsed. A captured table is registered as Debezium's envelope: its row becomes the fields of the
 * file, which keeps its own name
 * @returns the text of the file; undefined for what is no record
 */
export const versionFile = (
  contract: Pick<Contract, 'schemaText' | 'source'>,
  schema: unknown,
): string | undefined => {
  if (!isRecord(schema)) return undefined;
  const textOf = (json: unknown) => `${JSON.stringify(json, null, 2)}\n`;
  if (contract.source.kind !== 'change') return textOf(schema);
  const row = innerRecord(schema.fields.find(({ name }) => name === 'after')?.['type']);
  if (row === undefined) return undefined;
  return textOf({ ...(JSON.parse(contract.schemaText) as Json), fields: row.fields });
};
