import { readAvroSchema } from '../avro/parse-schema.ts';
import type { AvroNode, AvroRecord } from '../avro-schema.ts';
import type { Contract } from '../contract.ts';
import { checkEvolution } from '../evolution/check-evolution.ts';
import { MillraceError } from '../millrace-error.ts';
import { type DocumentPath, readSourceDocument } from '../odcs/source-document.ts';
import { columnType } from '../warehouse/column-type.ts';
import { withoutMark } from './contract-files.ts';
import type { ContractProblem } from './contract-problem.ts';

/**
 * A contract against an earlier version of its schema: what the change does to readers, and to the
 * warehouse, which takes old and new records into one table.
 */
const fieldPath = (record: AvroRecord, path: string): DocumentPath => {
  const first = path.split(/[.[{]/)[0];
  const index = record.fields.findIndex(({ name }) => name === first);
  return index === -1 ? ['fields'] : ['fields', index];
};

const safeColumnType = (node: AvroNode): string | undefined => {
  try {
    return columnType(node);
  } catch (error) {
    if (error instanceof MillraceError) return undefined;
    throw error;
  }
};

/** Nested records become tuples, and ClickHouse's Avro reader takes a tuple only whole. */
const changedTuples = (before: AvroRecord, after: AvroRecord): readonly string[] =>
  after.fields
    .filter(({ name, type }) => {
      const earlier = before.fields.find((field) => field.name === name);
      if (earlier === undefined) return false;
      const [from, to] = [safeColumnType(earlier.type), safeColumnType(type)];
      return from !== to && (from?.includes('Tuple(') || to?.includes('Tuple('));
    })
    .map(({ name }) => name);

/** Problems of the step from `earlierText` to the contract as it stands; empty when nothing breaks. */
export const checkHistory = (
  contract: Contract,
  earlierText: string,
): readonly ContractProblem[] => {
  const { record, compatibility, files, warehouse } = contract;
  const { document } = readSourceDocument(files.avsc, contract.schemaText);
  let earlier: unknown;
  try {
    earlier = JSON.parse(withoutMark(earlierText));
  } catch {
    return [];
  }
  const reading = readAvroSchema(earlier);
  // A version that was never valid was never registered: nothing can have been written with it.
  if (!reading.ok || reading.node.kind !== 'record') return [];
  const before = reading.node;
  const broken = checkEvolution(before, record, compatibility).map(
    ({ rule, path, message, remedy }): ContractProblem => ({
      ...document.problemAt(fieldPath(record, path), {
        rule,
        message: `${message} (${compatibility})`,
        remedy,
      }),
      field: path === '' ? record.fullName : path,
    }),
  );
  if (warehouse === undefined || contract.source.kind === 'change') return broken;
  const tuples = changedTuples(before, record).map((name) => ({
    ...document.problemAt(fieldPath(record, name), {
      rule: 'nested-record-changed',
      message: `${name} holds a record whose fields changed: ClickHouse takes old or new records into its column, not both.`,
      remedy: 'Add the new values as fields of the outer record.',
    }),
    field: name,
  }));
  return [...broken, ...tuples];
};
