/**
 * How the records of one writer schema get into one table: compiled once per topic and schema, used for
 * every batch. `compileLanding` judges whether they can get there unchanged; a schema that cannot is
 * `unfit`, with the reason, and its records are dead letters. Records are never decoded.
 */
import {
  type Container,
  compileDatumCheck,
  compileSplicer,
  type DatumCheck,
  type SplicedField,
} from '@millrace/avro';
import type { DescribedTable } from '@millrace/clickhouse';
import {
  type AvroRecord,
  MillraceError,
  parseAvroSchemaText,
  type WarehouseContract,
} from '@millrace/contracts';
import type { RecordRows } from '@millrace/kafka';
import { planDimension } from './dimension-plan.ts';
import { planFact } from './fact-plan.ts';
import type { InsertPlan, PlanVerdict } from './insert-plan.ts';

export interface Landing {
  readonly kind: 'landing';
  readonly schemaId: number;
  readonly statement: string;
  /** The same conversions into nothing: finds out which records are refused, without a trace. */
  readonly probeStatement: string;
  /** True when the framed bytes are exactly one datum of the schema. */
  readonly isDatum: DatumCheck;
  /** The insert's body: an Avro container, one record a block; spliced out of the fetched bytes while it is sent. */
  body(records: RecordRows, partition: number, incarnation: number): Container;
}

export interface Unfit {
  readonly kind: 'unfit';
  readonly schemaId: number;
  readonly code: 'sink.schema-unfit' | 'registry.unknown-schema';
  readonly reason: string;
}

/**
 * Throws `sink.table-unfit` when the table lacks a column of the contract or has it in another type: then
 * no record is to blame, and the partition waits for `millrace contracts apply`.
 */
export function compileLanding(
  contract: WarehouseContract,
  table: DescribedTable,
  schemaId: number,
  schemaText: string,
): Landing | Unfit {
  const writer = readRecord(schemaText);
  const verdict: PlanVerdict =
    typeof writer === 'string'
      ? { ok: false, reason: writer }
      : contract.warehouse.role === 'dimension'
        ? planDimension(contract, table, writer)
        : planFact(contract, table, writer);
  if (!verdict.ok) {
    return { kind: 'unfit', schemaId, code: 'sink.schema-unfit', reason: verdict.reason };
  }
  const isDatum = compileDatumCheck(writer as AvroRecord);
  const { plan } = verdict;
  return { kind: 'landing', schemaId, isDatum, ...statementsOf(plan), ...bodyOf(plan, schemaText) };
}

/** What is said to the server. */
export const statementsOf = (plan: InsertPlan) => ({
  statement: `INSERT INTO ${plan.target} ${plan.source}`,
  probeStatement: `INSERT INTO FUNCTION null(${plan.structure}) ${plan.source}`,
});

function bodyOf(plan: InsertPlan, schemaText: string) {
  const splicer = compileSplicer(schemaText, splicedFields[plan.role]);
  const tellsTime = plan.role !== 'dimension';
  return {
    body: (records: RecordRows, partition: number, incarnation: number): Container =>
      splicer.container(
        records.spans.map(({ pack, from, to }) => ({
          ...{ bytes: pack.bytes, from, to, starts: pack.valueStarts, ends: pack.valueEnds },
          appended: tellsTime
            ? [partition, pack.offsets, pack.timestampsMs, incarnation]
            : [partition, pack.offsets],
        })),
      ),
  };
}

const position: readonly SplicedField[] = [
  { name: '_partition', type: 'int' },
  { name: '_offset', type: 'long' },
];
/** What is told of each record beside its fields, but of a dimension's. */
export const timedFields = [
  ...position,
  { name: '_produced_at', type: 'timestamp-millis' },
  { name: '_incarnation', type: 'long' },
] as const;
const splicedFields = {
  fact: timedFields,
  aggregate: timedFields,
  dimension: position,
} as const satisfies Record<string, readonly SplicedField[]>;

/** The writer's record, or why the schema is none that can land. */
function readRecord(schemaText: string): AvroRecord | string {
  try {
    const node = parseAvroSchemaText(schemaText);
    return node.kind === 'record' ? node : `the writer schema is ${node.kind}, not a record`;
  } catch (error) {
    if (error instanceof MillraceError) return `the writer schema is invalid: ${error.message}`;
    throw error;
  }
}
