/**
 * What of a writer's record has no column in its contract. Such fields do not reach the table; that is right
 * for a field that nobody declared, and a loss for one whose contract is only late.
 */
import {
  type AvroRecord,
  MillraceError,
  parseAvroSchemaText,
  type WarehouseContract,
} from '@millrace/contracts';

/** Names of the writer's fields that the contract does not know; of a change: of its row. */
export function leftOutFields(contract: WarehouseContract, schemaText: string): readonly string[] {
  const record = landedRecord(contract, schemaText);
  const known = new Set(contract.record.fields.map(({ name }) => name));
  return (record?.fields ?? []).map(({ name }) => name).filter((name) => !known.has(name));
}

function landedRecord(contract: WarehouseContract, schemaText: string): AvroRecord | undefined {
  const node = parse(schemaText);
  if (node?.kind !== 'record') return undefined;
  if (contract.source.kind !== 'change') return node;
  const after = node.fields.find(({ name }) => name === 'after')?.type;
  if (after?.kind !== 'union') return undefined;
  return after.branches.find((branch) => branch.kind === 'record');
}

function parse(schemaText: string) {
  try {
    return parseAvroSchemaText(schemaText);
  } catch (error) {
    if (error instanceof MillraceError) return undefined;
    throw error;
  }
}
