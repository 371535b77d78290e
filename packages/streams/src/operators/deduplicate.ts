import { type KeyPart, keyOfParts } from '../key-of.ts';
import type { NameOperator } from '../operator.ts';
import type { RecordInfo } from '../record-info.ts';
import type { TimedStoreSpec } from '../stores/store.ts';

/** What counts as a repeat. */
export interface Deduplicate<V> {
  /** What makes two records the same, within a key; the key alone when absent. */
  readonly by?: (value: V, info: RecordInfo) => KeyPart | readonly KeyPart[];
  /** Records of one id that lie closer in event time than this are the same, ms. */
  readonly withinMs: number;
}

/**
 * Hands on the first record of an id, and leaves out those that repeat it within a time. A record that lies
 * more than that time behind its watermark cannot be told from a repeat any more: it is late. An id is
 * remembered until every record that it could be compared with would be late.
 *
 * Time is cut into slices as long as `withinMs`, so an id has at most one accepted time in each, and only
 * three of them can hold a repeat of a record: ids need no index by time.
 */
export const deduplicateOperator =
  <V>({ by, withinMs }: Deduplicate<V>): NameOperator =>
  (name) => {
    const sliceMs = Math.max(1, withinMs);
    const spec: TimedStoreSpec<number> = { kind: 'timed', name, shape: `seen:v1 ${sliceMs}` };
    return {
      kind: 'deduplicate',
      stores: [spec],
      shape: `${withinMs}`,
      ports: ['main', 'late'],
      passesValues: true,
      create: ({ timed, emit, late, skip }) => {
        /** By slice and id: how far into the slice the accepted record lies. */
        const seen = timed(spec);
        const isRepeat = (startMs: number, timeMs: number, id: string): boolean => {
          const offsetMs = seen.get(startMs, id);
          return offsetMs !== undefined && Math.abs(startMs + offsetMs - timeMs) < withinMs;
        };
        return {
          process(flow) {
            const { key, timeMs, watermarkMs } = flow;
            const of = by === undefined ? key : keyOfParts(by(flow.value as V, flow));
            if (key === null || of === null) {
              skip(key === null ? 'no-key' : 'no-id');
              return;
            }
            const lateByMs = watermarkMs - timeMs - withinMs;
            if (lateByMs > 0) {
              late(flow, { operator: name, windowStartMs: timeMs, windowEndMs: timeMs, lateByMs });
              return;
            }
            // The length says where the key ends: key and id cannot be taken for another pair.
            const id = by === undefined ? key : `${key.length}:${key}${of}`;
            const startMs = Math.floor(timeMs / sliceMs) * sliceMs;
            if (
              isRepeat(startMs, timeMs, id) ||
              isRepeat(startMs - sliceMs, timeMs, id) ||
              isRepeat(startMs + sliceMs, timeMs, id)
            ) {
              skip('repeat');
              return;
            }
            seen.set(startMs, id, timeMs - startMs);
            emit(flow);
          },
          advance(watermarkMs) {
            const firstMs = seen.firstTimeMs();
            // Slices that lie wholly before what a record that is not late can repeat.
            const forgetMs = watermarkMs - 2 * withinMs - sliceMs + 1;
            if (firstMs !== undefined && firstMs < forgetMs) seen.dropBefore(forgetMs);
          },
        };
      },
    };
  };
