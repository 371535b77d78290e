/**
 * Sorts records into what lands and what does not, by their bytes and the verdicts on their schemas
 * alone: the same records and verdicts always give the same answer, so a replay repeats it.
 */
import { frameSchemaId } from '@millrace/avro';
import type { WarehouseRole } from '@millrace/contracts';
import type { ConsumedRecord } from '@millrace/kafka';
import type { DeadRecord, SortedRange } from '../lanes/range.ts';
import type { Landing, Unfit } from '../tables/landing.ts';

export interface SortingRules {
  readonly role: WarehouseRole;
  verdict(schemaId: number): Landing | Unfit | undefined;
  /** Given up already, in the claim. */
  readonly deadSchemas: readonly number[];
  readonly deadOffsets: readonly number[];
}

export interface Unresolved {
  /** Schema ids without a verdict. */
  readonly unresolved: readonly number[];
  /** How many records stand before the first of them. */
  readonly resolvedRows: number;
}

export function sortRecords(
  records: readonly ConsumedRecord[],
  rules: SortingRules,
): SortedRange | Unresolved {
  const groups = new Map<Landing, ConsumedRecord[]>();
  const dead: DeadRecord[] = [];
  const unresolved = new Set<number>();
  const deadOffsets = new Set(rules.deadOffsets);
  let resolvedRows = records.length;
  let skipped = 0;
  for (let row = 0; row < records.length; row += 1) {
    const record = records[row]!;
    const fate = fateOf(record, rules, deadOffsets);
    if (fate === 'skipped') skipped += 1;
    else if (typeof fate === 'number') {
      unresolved.add(fate);
      resolvedRows = Math.min(resolvedRows, row);
    } else if ('code' in fate) dead.push(fate);
    else {
      const group = groups.get(fate);
      if (group) group.push(record);
      else groups.set(fate, [record]);
    }
  }
  if (unresolved.size > 0) return { unresolved: [...unresolved], resolvedRows };
  return {
    groups: [...groups].map(([landing, rows]) => ({ landing, records: rows })),
    dead,
    skipped,
  };
}

/** Where one record goes; a number is a schema id that nothing is known of yet. */
function fateOf(
  record: ConsumedRecord,
  rules: SortingRules,
  deadOffsets: ReadonlySet<number>,
): Landing | DeadRecord | 'skipped' | number {
  if (record.value === null) {
    if (rules.role === 'dimension') return 'skipped';
    return { record, code: 'sink.record-empty', reason: 'an event without a value' };
  }
  const schemaId = frameSchemaId(record.value);
  if (schemaId === undefined) {
    return { record, code: 'sink.record-unframed', reason: 'no Confluent wire header' };
  }
  if (rules.deadSchemas.includes(schemaId)) {
    const known = rules.verdict(schemaId);
    const reason = known?.kind === 'unfit' ? known.reason : `schema id ${schemaId} was given up`;
    const code = known?.kind === 'unfit' ? known.code : 'registry.unknown-schema';
    return { record, code, reason };
  }
  const verdict = rules.verdict(schemaId);
  if (!verdict) return schemaId;
  if (verdict.kind === 'unfit') return { record, code: verdict.code, reason: verdict.reason };
  if (!verdict.isDatum(record.value)) {
    const reason = `the bytes are not one datum of schema id ${schemaId}`;
    return { record, code: 'sink.record-undecodable', reason };
  }
  if (deadOffsets.has(record.offset)) {
    return { record, code: 'sink.record-refused', reason: 'ClickHouse refused a value' };
  }
  return verdict;
}
