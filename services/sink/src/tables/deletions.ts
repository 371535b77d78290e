/**
 * Results that a transform takes back: records of a key and no value. A row with the key alone takes the place of
 * the result, and the view leaves it out.
 */
import { compileRecordWriter, compileSplicer, frame } from '@millrace/avro';
import { type DescribedTable, quoteIdentifier } from '@millrace/clickhouse';
import {
  type AvroNode,
  keyParts,
  MillraceError,
  type WarehouseContract,
} from '@millrace/contracts';
import type { RecordRows } from '@millrace/kafka';
import { assemblePlan, type FilledColumn, fieldOf, tableColumnType } from './insert-plan.ts';
import { type Landing, statementsOf, timedFields } from './landing.ts';

/** Stands for a writer schema where there is none. No record names it: the registry's ids begin with 1. */
export const DELETIONS = 0;

/** A landing of records without a value. */
export interface DeletionLanding extends Landing {
  /** Why the key names no row of the table; undefined when it does. */
  keyFault(key: Buffer | null): string | undefined;
}

/**
 * Whether a row with nothing but the key stands for a result that is gone: not where the version is a column of the result,
 * and not where a TTL goes by such a column, which would take that row away first.
 */
export function takesDeletions({ warehouse, key }: WarehouseContract): boolean {
  if (warehouse.role !== 'aggregate' || warehouse.versionBy !== undefined) return false;
  const words = new Set(warehouse.ttl?.match(/\w+/g));
  return !warehouse.columns.some(({ name }) => !key.includes(name) && words.has(name));
}

/** Throws `sink.table-unfit`. */
export function compileDeletions(
  contract: WarehouseContract,
  table: DescribedTable,
): DeletionLanding {
  const schemaText = JSON.stringify({
    type: 'record',
    name: 'deletion',
    fields: contract.key.map((name) => ({ name, type: writtenAs(contract, name) })),
  });
  const keyOf = keyReader(contract, schemaText);
  const splicer = compileSplicer(schemaText, timedFields);
  const plan = assemblePlan('aggregate', contract.warehouse.table, columnsOf(contract, table));
  return {
    kind: 'landing',
    schemaId: DELETIONS,
    ...statementsOf(plan),
    isDatum: () => false,
    keyFault(key) {
      const datum = keyOf(key);
      return typeof datum === 'string' ? datum : undefined;
    },
    body(records: RecordRows, partition, incarnation) {
      const rows = [...records].map(({ key, offset, timestampMs }) => ({
        framed: frame(DELETIONS, keyOf(key) as Buffer),
        appended: [partition, offset, timestampMs, incarnation],
      }));
      const whole = splicer.splice(rows);
      return { bytes: whole.length, pieces: () => [whole] };
    },
  };
}

const columnsOf = ({ key }: WarehouseContract, table: DescribedTable): readonly FilledColumn[] => [
  ...[...key, ...timedFields.map(({ name }) => name)].map((name) => {
    const type = tableColumnType(table, name);
    return { name, type, inputs: [{ name, type }], expression: quoteIdentifier(name) };
  }),
  {
    name: '_is_deleted',
    type: tableColumnType(table, '_is_deleted'),
    inputs: [],
    expression: '1',
  },
];

const nodeOf = (contract: WarehouseContract, name: string): AvroNode =>
  fieldOf(contract.record, name)!;

/** An enum as a text: its symbols are those of other schemas, too. */
const writtenAs = (contract: WarehouseContract, name: string): unknown => {
  const node = nodeOf(contract, name);
  if (node.kind === 'enum') return 'string';
  const logicalType = 'logical' in node ? node.logical?.name : undefined;
  return logicalType === undefined ? node.kind : { type: node.kind, logicalType };
};

/** Reads a record's key as a datum of the schema; a text says why it cannot be read. */
const keyReader = (contract: WarehouseContract, schemaText: string) => {
  const write = compileRecordWriter(schemaText);
  const { key: names } = contract;
  return (key: Buffer | null): Buffer | string => {
    const parts = key === null ? undefined : keyParts(key.toString('utf8'), names.length);
    if (parts === undefined) return `no value, and its key is not of ${names.join(', ')}`;
    const row = Object.fromEntries(
      names.map((name, at) => [name, avroValue(nodeOf(contract, name), parts[at]!)]),
    );
    const buffer = Buffer.alloc(4 * key!.length + ROOM_BYTES);
    try {
      return buffer.subarray(0, write(row, buffer, 0));
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
      return `no value, and its key is not of ${names.join(', ')}: ${error.message}`;
    }
  };
};

/** More than the parts of any key need beside their text. */
const ROOM_BYTES = 4_096;

const avroValue = ({ kind }: AvroNode, text: string): unknown => {
  if (kind === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  if ((kind !== 'int' && kind !== 'long') || !/^-?\d{1,19}$/.test(text)) return text;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : BigInt(text);
};
