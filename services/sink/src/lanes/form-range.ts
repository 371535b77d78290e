/**
 * Forms the next claim out of what a lane has buffered: as many records as one insert may hold, cut
 * before the first whose schema is not known yet.
 */
import type { Claim, WarehouseContract } from '@millrace/contracts';
import type { RecordRows } from '@millrace/kafka';
import { sortRecords } from '../steps/sort-records.ts';
import { takesDeletions } from '../tables/deletions.ts';
import type { TopicLandings } from '../tables/topic-landings.ts';
import type { FlushLimits } from './flush-policy.ts';
import type { LaneBuffer } from './lane-buffer.ts';
import type { SortedRange } from './range.ts';

export type Formed =
  | { readonly kind: 'range'; readonly claim: Claim; readonly range: SortedRange }
  /** Nothing can be claimed before these schemas have a verdict. */
  | { readonly kind: 'unresolved'; readonly schemaIds: readonly number[] };

/** Given-up schemas that one claim names at most: its text has to fit the offset's metadata. */
const DEAD_SCHEMAS_MAX = 100;

export interface FormContext {
  readonly contract: WarehouseContract;
  readonly landings: Pick<TopicLandings, 'peek'>;
  readonly limits: FlushLimits;
}

/** A claim from `from` on, which is where the buffer's first record, or the gap before it, begins. */
export function formRange(
  buffer: LaneBuffer,
  from: number,
  nowMs: number,
  context: FormContext,
): Formed {
  const { contract, landings, limits } = context;
  const rules = {
    role: contract.warehouse.role,
    takesDeletions: takesDeletions(contract),
    verdict: landings.peek,
    deadSchemas: [],
    deadOffsets: [],
  };
  let records = buffer.first(limits.rowsMax, limits.bytesMax);
  if (records.length > 0 && records.at(0).offset < from) {
    throw new Error(
      `offset ${records.at(0).offset} is buffered still, and ${from} is next to claim`,
    );
  }
  for (;;) {
    const sorted = sortRecords(records, rules);
    if ('unresolved' in sorted) {
      if (sorted.resolvedRows === 0) return { kind: 'unresolved', schemaIds: sorted.unresolved };
      records = records.slice(0, sorted.resolvedRows);
      continue;
    }
    const deadSchemas = schemasGivenUp(sorted);
    if (deadSchemas.length > DEAD_SCHEMAS_MAX) {
      records = records.slice(0, Math.ceil(records.length / 2));
      continue;
    }
    const claim: Claim = {
      from,
      to: buffer.offsetAfter(records.length) - 1,
      atMs: nowMs,
      table: contract.warehouse.table,
      deadSchemas,
      deadOffsets: [],
      transactional: sorted.dead.length > 0,
    };
    return { kind: 'range', claim, range: sorted };
  }
}

/**
 * Sorts the records of a claim anew, as the claim says. A schema that is unfit now and was not given up
 * then counts as unresolved: its records may have landed, so a person has to look.
 */
export function sortClaimed(
  records: RecordRows,
  claim: Claim,
  { contract, landings }: FormContext,
): SortedRange | { readonly unresolved: readonly number[] } {
  return sortRecords(records, {
    role: contract.warehouse.role,
    takesDeletions: takesDeletions(contract),
    verdict: (schemaId) => {
      const verdict = landings.peek(schemaId);
      const isNewlyUnfit = verdict?.kind === 'unfit' && !claim.deadSchemas.includes(schemaId);
      return isNewlyUnfit ? undefined : verdict;
    },
    deadSchemas: claim.deadSchemas,
    deadOffsets: claim.deadOffsets,
  });
}

const schemaCodes: ReadonlySet<string> = new Set(['sink.schema-unfit', 'registry.unknown-schema']);

const schemasGivenUp = (range: SortedRange): number[] => [
  ...new Set(
    range.dead
      .filter((one) => schemaCodes.has(one.code))
      .map((one) => one.record.value!.readInt32BE(1)),
  ),
];
