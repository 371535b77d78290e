/**
 * Histories of a captured table for property tests: what transactions did, the records that tell it in
 * Debezium's envelope, and what is true of the table at the end and at each moment.
 */
import { compileWriter, frame } from '@millrace/avro';
import fc from 'fast-check';
import { changeEnvelope } from './change-envelope.ts';

/** Of the example's airports, as far as they may not be null. */
export const airportEnvelope = changeEnvelope([
  { name: 'iata', type: 'string' },
  { name: 'name', type: 'string' },
  { name: 'country', type: 'string' },
  { name: 'latitude', type: 'double' },
  { name: 'longitude', type: 'double' },
]);
const write = compileWriter(airportEnvelope);

export interface Transaction {
  /** Its changes stood in the log before those of the transaction that it commits after. */
  readonly early: boolean;
  /** Between the commit before and its own. */
  readonly pauseMs: number;
  readonly changes: readonly {
    readonly kind: 'put' | 'delete' | 'truncate';
    readonly key: string;
  }[];
}

/** The empty key is one like any other; a truncation's row must not be taken for it. */
export const historyKeys: readonly string[] = ['', 'K1', 'K2', 'K3'];

/** Up to so many transactions of one to four changes; many share a millisecond with the one before. */
export const transactionsOf = (most: number): fc.Arbitrary<Transaction[]> =>
  fc.array(
    fc.record({
      early: fc.boolean(),
      pauseMs: fc.constantFrom(0, 1, 2, 1_000),
      changes: fc.array(
        fc.record({
          kind: fc.constantFrom('put', 'put', 'put', 'delete', 'delete', 'truncate'),
          key: fc.constantFrom(...historyKeys),
        }),
        { minLength: 1, maxLength: 4 },
      ),
    }),
    { minLength: 1, maxLength: most },
  );

interface Told {
  readonly committedAtMs: number;
  readonly kind: 'put' | 'delete' | 'truncate';
  readonly key: string;
  readonly name: string;
}

export interface TableHistory {
  /** The records in commit order, framed with schema id 1. */
  readonly values: readonly Buffer[];
  /** Commit times, ms. */
  readonly moments: readonly number[];
  /** Key and name of each row at a moment; without one, at the end. */
  rowsAt(moment?: number): readonly (readonly [string, string])[];
}

/** When the first transaction of each history may commit at the earliest, ms. */
const FIRST_COMMIT_MS = 1_000_000;

export function tellHistory(transactions: readonly Transaction[]): TableHistory {
  const told: Told[] = [];
  const values: Buffer[] = [];
  let nextLsn = 1_000;
  let startBefore = nextLsn;
  let lastCommit: number | undefined;
  let committedAtMs = FIRST_COMMIT_MS;
  for (const { early, pauseMs, changes } of transactions) {
    committedAtMs += pauseMs;
    let lsn = early ? startBefore - 50 : nextLsn;
    startBefore = nextLsn;
    for (const { kind, key } of changes) {
      lsn += 1;
      const name = `change ${told.length}`;
      told.push({ committedAtMs, kind, key, name });
      const row = { iata: key, name, country: 'USA', latitude: 0, longitude: 0 };
      const sequence = JSON.stringify([lastCommit?.toString() ?? null, String(lsn)]);
      const envelope = {
        before: kind === 'delete' ? row : null,
        after: kind === 'put' ? row : null,
        source: { ts_ms: committedAtMs, sequence, lsn },
        op: { put: 'u', delete: 'd', truncate: 't' }[kind],
        ts_ms: null,
      };
      values.push(frame(1, write(envelope)));
    }
    lastCommit = Math.max(nextLsn, lsn) + 100;
    nextLsn = lastCommit;
  }
  return {
    values,
    moments: [...new Set(told.map((one) => one.committedAtMs))],
    rowsAt: (moment = Number.POSITIVE_INFINITY) => {
      const rows = new Map<string, string>();
      for (const { kind, key, name } of told.filter((one) => one.committedAtMs <= moment)) {
        if (kind === 'truncate') rows.clear();
        else if (kind === 'put') rows.set(key, name);
        else rows.delete(key);
      }
      return [...rows].sort(([a], [b]) => (a < b ? -1 : 1));
    },
  };
}

/** One insert: offsets of `history.values`, as the topic's partition tells them from `firstOffset` on. */
export interface Delivery {
  readonly order: readonly number[];
  readonly firstOffset: number;
  readonly partition: number;
}

/**
 * Every record at least once, in any order and any split into inserts; some again, as another incarnation
 * of the topic tells them.
 */
export const deliveriesOf = (records: number): fc.Arbitrary<readonly Delivery[]> =>
  fc
    .tuple(
      fc.array(fc.nat(), { minLength: 2 * records, maxLength: 2 * records }),
      fc.array(fc.nat(3), { minLength: 2 * records, maxLength: 2 * records }),
    )
    .map(([ranks, dice]) => {
      const all = Array.from({ length: records }, (_, at) => at);
      const once = all.map((at) => ({ at, rank: ranks[at]!, again: false }));
      const again = all
        .filter((at) => dice[at] === 0)
        .map((at) => ({ at, rank: ranks[records + at]!, again: true }));
      const shuffled = [...once, ...again].sort((a, b) => a.rank - b.rank);
      const deliveries: Delivery[] = [];
      let order: number[] = [];
      shuffled.forEach(({ at, again: isAgain }, index) => {
        order.push(at);
        const next = shuffled[index + 1];
        if (next?.again === isAgain && dice[index + records] !== 0) return;
        deliveries.push({
          order,
          firstOffset: isAgain ? 0 : 500,
          partition: isAgain ? 1 : 0,
        });
        order = [];
      });
      return deliveries;
    });
