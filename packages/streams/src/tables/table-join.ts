import type { Flow } from '../flow.ts';
import type { NameOperator } from '../operator.ts';
import type { RecordInfo } from '../record-info.ts';
import type { KeyedStoreSpec } from '../stores/store.ts';

/** A join of two tables by their keys. */
export interface TableJoin<L, R, O> {
  /** Keys that one side lacks: left out; those of the left, or of both, joined with null. */
  readonly kind: 'inner' | 'left' | 'outer';
  readonly combine: (left: L, right: R, info: RecordInfo) => O;
}

interface Row {
  readonly value: unknown;
  readonly timeMs: number;
}

/**
 * Joins two tables by their keys: a change of either gives the new row of the result, with the later of the
 * two times. A row is taken away only where there was one.
 */
export const tableJoinOperator =
  <L, R, O>({ kind, combine }: TableJoin<L, R, O>): NameOperator =>
  (name) => {
    const rows = (side: string): KeyedStoreSpec<Row> => ({
      kind: 'keyed',
      name: `${name}-${side}`,
      shape: 'row-at:v1',
    });
    const [leftSpec, rightSpec] = [rows('left'), rows('right')];
    const join = combine as TableJoin<unknown, unknown, unknown>['combine'];
    const isThere = (left: Row | undefined, right: Row | undefined): boolean => {
      if (left !== undefined) return right !== undefined || kind !== 'inner';
      return right !== undefined && kind === 'outer';
    };
    return {
      kind: 'table-table-join',
      stores: [leftSpec, rightSpec],
      shape: kind,
      create: ({ keyed, emit, skip }) => {
        const sides = [keyed(leftSpec), keyed(rightSpec)] as const;
        return {
          process: (flow: Flow, port: number) => {
            const { key, value, watermarkMs } = flow;
            if (key === null) {
              skip('no-key');
              return;
            }
            const own = sides[port]!;
            const other = sides[1 - port]!.get(key);
            const before = own.get(key);
            const now = value === null ? undefined : { value, timeMs: flow.timeMs };
            const keep = (): void => {
              if (now === undefined) own.delete(key);
              else own.set(key, now);
            };
            const [left, right] = port === 0 ? [now, other] : [other, now];
            const timeMs = Math.max(flow.timeMs, other?.timeMs ?? flow.timeMs);
            if (isThere(left, right)) {
              const joined = join(left?.value ?? null, right?.value ?? null, { key, timeMs });
              keep();
              emit({ key, value: joined, timeMs, watermarkMs });
              return;
            }
            keep();
            const was = port === 0 ? isThere(before, other) : isThere(other, before);
            if (was) emit({ key, value: null, timeMs, watermarkMs });
          },
        };
      },
    };
  };
