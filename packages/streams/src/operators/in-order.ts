import type { NameOperator } from '../operator.ts';
import type { TimedStoreSpec } from '../stores/store.ts';
import { compareTexts, compareValues } from '../value-order.ts';

/** A record that waits for the watermark; those of one key and millisecond are kept in one entry. */
interface Held {
  readonly value: unknown;
  readonly watermarkMs: number;
  readonly tie?: unknown;
}

export interface InOrder<V> {
  /** How long beyond the watermark to wait for records out of order, ms. */
  readonly graceMs: number;
  /** Breaks ties between records of one key and time; the order in which they come when absent. */
  readonly tie?: (value: V) => unknown;
}

/**
 * Holds records until the watermark has passed their time, and hands them on by time, then key, then the
 * watermark they came with (which grows along an origin, so records of one origin keep their order), then
 * `tie`. What follows no longer depends on how origins interleave. A record behind the watermark is late.
 */
export const inOrderOperator =
  <V>({ graceMs, tie }: InOrder<V>): NameOperator =>
  (name) => {
    const spec: TimedStoreSpec<Held[]> = { kind: 'timed', name, shape: 'held:v1' };
    const byTie = (one: Held, other: Held): number =>
      tie === undefined
        ? one.watermarkMs - other.watermarkMs || 0
        : compareValues(one.tie, other.tie);
    return {
      kind: 'in-order',
      stores: [spec],
      shape: `${graceMs}`,
      ports: ['main', 'late'],
      watermarkDelayMs: graceMs,
      closeAheadMs: graceMs + 1,
      create: ({ timed, emit, late, skip }) => {
        const held = timed(spec);
        return {
          process(flow) {
            const { key, value, timeMs, watermarkMs } = flow;
            if (key === null) {
              skip('no-key');
              return;
            }
            const lateByMs = watermarkMs - timeMs - graceMs;
            if (lateByMs > 0) {
              late(flow, { operator: name, windowStartMs: timeMs, windowEndMs: timeMs, lateByMs });
              return;
            }
            const same = held.get(timeMs, key) ?? [];
            same.push({
              value,
              watermarkMs,
              ...(tie !== undefined && { tie: tie(value as V) }),
            });
            held.set(timeMs, key, same);
          },
          advance(watermarkMs) {
            const toMs = watermarkMs - graceMs;
            const firstMs = held.firstTimeMs();
            if (firstMs === undefined || firstMs >= toMs) return;
            for (const timeMs of held.times(undefined, toMs)) {
              const entries = [...held.at(timeMs)].sort(([a], [b]) => compareTexts(a, b));
              for (const [key, records] of entries) {
                for (const { value, watermarkMs: own } of records.toSorted(byTie)) {
                  emit({ key, value, timeMs, watermarkMs: own - graceMs });
                }
              }
            }
            held.dropBefore(toMs);
          },
        };
      },
    };
  };
