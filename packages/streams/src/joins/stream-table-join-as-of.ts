import type { Flow } from '../flow.ts';
import type { NameOperator, Operator, OperatorContext } from '../operator.ts';
import type { KeyedStore, KeyedStoreSpec, TimedStore, TimedStoreSpec } from '../stores/store.ts';
import { compareTexts } from '../value-order.ts';
import type { StreamTableJoin } from './stream-table-join.ts';

/** A join of a stream with the rows of a table as they were at the time of each record. */
export interface StreamTableJoinAsOf<V, T, R> extends StreamTableJoin<V, T, R> {
  /** How long a record is held back for changes of the table that come after it, ms of event time. */
  readonly graceMs: number;
}

/** A record or a change of the table that is held until the watermark has passed it. */
interface Held {
  readonly value: unknown;
  readonly timeMs: number;
  readonly watermarkMs: number;
}

/** The newest row by event time. */
interface Row {
  readonly value: unknown;
  readonly timeMs: number;
}

/**
 * Joins each record of input 0 with the row of its key as it was at the record's time. Records and changes
 * wait until the watermark is `graceMs` beyond them and are then taken in order of time, changes first: so
 * the result does not depend on how stream and table interleave. A change that comes later than that counts
 * from the earliest time for which no answer has been given; a record that does is late.
 */
export const streamTableJoinAsOfOperator =
  <V, T, R>(join: StreamTableJoinAsOf<V, T, R>): NameOperator =>
  (name) => {
    const { graceMs, kind } = join;
    const rowsSpec: KeyedStoreSpec<Row> = { kind: 'keyed', name, shape: 'row-at:v1' };
    const held = (what: string): TimedStoreSpec<Held[]> => ({
      kind: 'timed',
      name: `${name}-${what}`,
      shape: 'held:v1',
    });
    const [recordsSpec, changesSpec] = [held('records'), held('changes')];
    return {
      kind: 'table-join',
      stores: [rowsSpec, recordsSpec, changesSpec],
      shape: `as-of ${kind} ${graceMs}`,
      ports: ['main', 'late'],
      watermarkDelayMs: graceMs,
      closeAheadMs: graceMs,
      create: (context) =>
        joinAsOf(name, join as StreamTableJoinAsOf<unknown, unknown, unknown>, context, {
          rows: context.keyed(rowsSpec),
          records: context.timed(recordsSpec),
          changes: context.timed(changesSpec),
        }),
    };
  };

interface AsOfState {
  readonly rows: KeyedStore<Row>;
  readonly records: TimedStore<Held[]>;
  readonly changes: TimedStore<Held[]>;
}

const joinAsOf = (
  name: string,
  { combine, kind, graceMs }: StreamTableJoinAsOf<unknown, unknown, unknown>,
  { emit, late, skip, failed, watermarkMs: watermarkNow }: OperatorContext,
  { rows, records, changes }: AsOfState,
): Operator => {
  let answeredMs = watermarkNow() - graceMs;

  const answer = (key: string, { value, timeMs, watermarkMs }: Held): void => {
    const row = rows.get(key);
    if (row === undefined && kind === 'inner') return;
    const joined = combine(value, row?.value ?? null, { key, timeMs });
    emit({ key, value: joined, timeMs, watermarkMs: watermarkMs - graceMs });
  };

  const answerHeld = (key: string, held: Held): void => {
    try {
      answer(key, held);
    } catch (error) {
      failed({ key, ...held }, error);
    }
  };

  const apply = (key: string, { value, timeMs }: Held): void => {
    const row = rows.get(key);
    if (row !== undefined && row.timeMs > timeMs) return;
    if (value === null) rows.delete(key);
    else rows.set(key, { value, timeMs });
  };

  const hold = (store: TimedStore<Held[]>, atMs: number, key: string, flow: Flow): void => {
    const { value, timeMs, watermarkMs } = flow;
    const same = store.get(atMs, key) ?? [];
    same.push({ value, timeMs, watermarkMs });
    store.set(atMs, key, same);
  };

  const takeRecord = (key: string, flow: Flow): void => {
    const { timeMs, watermarkMs } = flow;
    const lateByMs = watermarkMs - timeMs - graceMs;
    if (lateByMs > 0) {
      late(flow, { operator: name, windowStartMs: timeMs, windowEndMs: timeMs, lateByMs });
      return;
    }
    // The watermark has come exactly to it: every change up to here has been taken.
    if (timeMs <= answeredMs) answer(key, flow);
    else hold(records, timeMs, key, flow);
  };

  return {
    process(flow, port) {
      const { key } = flow;
      if (key === null) skip('no-key');
      else if (port === 0) takeRecord(key, flow);
      else {
        const countsFromMs = Math.max(flow.timeMs, Math.floor(flow.watermarkMs - graceMs) + 1);
        hold(changes, countsFromMs, key, flow);
      }
    },
    advance(watermarkMs) {
      answeredMs = watermarkMs - graceMs;
      const applyUntil = (toMs: number): void => {
        drain(changes, toMs + 1, apply);
      };
      drain(records, answeredMs + 1, answerHeld, applyUntil);
      applyUntil(answeredMs);
    },
  };
};

/** Takes the entries before `toMs` out, by time and key; `before` is called ahead of each time. */
const drain = (
  store: TimedStore<Held[]>,
  toMs: number,
  take: (key: string, held: Held) => void,
  before?: (timeMs: number) => void,
): void => {
  const firstMs = store.firstTimeMs();
  if (firstMs === undefined || firstMs >= toMs) return;
  for (const timeMs of store.times(undefined, toMs)) {
    before?.(timeMs);
    const entries = [...store.at(timeMs)].sort(([one], [other]) => compareTexts(one, other));
    for (const [key, held] of entries) for (const one of held) take(key, one);
  }
  store.dropBefore(toMs);
};
