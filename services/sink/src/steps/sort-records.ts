/**
 * Sorts records into what lands and what does not, by their bytes and the verdicts on their schemas
 * alone: the same records and verdicts always give the same answer, so a replay repeats it. Neighbours with
 * the same fate stay together as spans of the fetched packs; only a dead record becomes an object.
 */
import { frameSchemaId } from '@millrace/avro';
import type { ErrorCode, WarehouseRole } from '@millrace/contracts';
import { type RecordPack, type RecordRows, type RecordSpan, rowsOfSpans } from '@millrace/kafka';
import type { DeadRecord, SortedRange } from '../lanes/range.ts';
import { DELETIONS, type DeletionLanding } from '../tables/deletions.ts';
import type { Landing, Unfit } from '../tables/landing.ts';

export interface SortingRules {
  readonly role: WarehouseRole;
  /** Records without a value take a row away; `verdict` knows how, under `DELETIONS`. */
  readonly takesDeletions: boolean;
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

export function sortRecords(records: RecordRows, rules: SortingRules): SortedRange | Unresolved {
  const groups = new Map<Landing, RecordSpan[]>();
  const dead: DeadRecord[] = [];
  const unresolved = new Set<number>();
  const fateOf = createFates(rules);
  let resolvedRows = records.length;
  let skipped = 0;
  let before = 0;
  for (const { pack, from, to } of records.spans) {
    for (let start = from; start < to; ) {
      const fate = fateOf(pack, start);
      let end = start + 1;
      if (fate.kind === 'landing') {
        while (end < to && fateOf(pack, end) === fate) end += 1;
        const spans = groups.get(fate);
        if (spans) spans.push({ pack, from: start, to: end });
        else groups.set(fate, [{ pack, from: start, to: end }]);
      } else if (fate.kind === 'skipped') skipped += 1;
      else if (fate.kind === 'dead') {
        const { code, reason } = fate;
        dead.push({ record: rowsOfSpans([{ pack, from: start, to: end }]).at(0), code, reason });
      } else {
        unresolved.add(fate.schemaId);
        resolvedRows = Math.min(resolvedRows, before + start - from);
      }
      start = end;
    }
    before += to - from;
  }
  if (unresolved.size > 0) return { unresolved: [...unresolved], resolvedRows };
  return {
    groups: [...groups].map(([landing, spans]) => ({ landing, records: rowsOfSpans(spans) })),
    dead,
    skipped,
  };
}

type Dead = { readonly kind: 'dead'; readonly code: ErrorCode; readonly reason: string };
type Fate =
  | Landing
  | Dead
  | { readonly kind: 'skipped' }
  | { readonly kind: 'unresolved'; readonly schemaId: number };

const skippedFate = { kind: 'skipped' } as const;
const empty: Dead = {
  kind: 'dead',
  code: 'sink.record-empty',
  reason: 'an event without a value',
};
const unframed: Dead = {
  kind: 'dead',
  code: 'sink.record-unframed',
  reason: 'no Confluent wire header',
};
const refused: Dead = {
  kind: 'dead',
  code: 'sink.record-refused',
  reason: 'ClickHouse refused a value',
};

/** Where one record goes. What a schema id means is found out once for neighbours that share it. */
function createFates(rules: SortingRules): (pack: RecordPack, index: number) => Fate {
  const deadOffsets = new Set(rules.deadOffsets);
  let lastSchemaId = 0;
  let last: Fate = skippedFate;

  const fateOfDeletion = (pack: RecordPack, index: number): Fate => {
    const fate = fateOfSchema(DELETIONS, rules);
    if (fate.kind !== 'landing') return fate;
    const { key } = rowsOfSpans([{ pack, from: index, to: index + 1 }]).at(0);
    const reason = (fate as DeletionLanding).keyFault(key);
    if (reason !== undefined) return { kind: 'dead', code: 'sink.record-empty', reason };
    return deadOffsets.has(pack.offsets[index]!) ? refused : fate;
  };

  return (pack, index) => {
    const { bytes, offsets, valueStarts, valueEnds } = pack;
    const start = valueStarts[index]!;
    if (start < 0) {
      if (rules.role === 'dimension') return skippedFate;
      return rules.takesDeletions ? fateOfDeletion(pack, index) : empty;
    }
    const end = valueEnds[index]!;
    const schemaId = frameSchemaId(bytes, start, end);
    if (schemaId === undefined) return unframed;
    if (schemaId !== lastSchemaId) {
      last = fateOfSchema(schemaId, rules);
      lastSchemaId = schemaId;
    }
    if (last.kind !== 'landing') return last;
    if (!last.isDatum(bytes, start, end)) {
      const reason = `the bytes are not one datum of schema id ${schemaId}`;
      return { kind: 'dead', code: 'sink.record-undecodable', reason };
    }
    return deadOffsets.size > 0 && deadOffsets.has(offsets[index]!) ? refused : last;
  };
}

function fateOfSchema(schemaId: number, rules: SortingRules): Fate {
  const verdict = rules.verdict(schemaId);
  if (verdict?.kind === 'unfit') {
    return { kind: 'dead', code: verdict.code, reason: verdict.reason };
  }
  if (rules.deadSchemas.includes(schemaId)) {
    const reason = `schema id ${schemaId} was given up`;
    return { kind: 'dead', code: 'registry.unknown-schema', reason };
  }
  return verdict ?? { kind: 'unresolved', schemaId };
}
