/** Columns that several tables have, so that the same thing is named, sorted and shown the same everywhere. */
import type { ConditionState } from '@millrace/operations';
import { formatCount } from '../format/numbers.ts';
import { formatSeconds } from '../format/times.ts';
import { Condition, gravity } from './condition.tsx';
import type { Column } from './data-table.tsx';

/** How well each is, the gravest first when descending. */
export const conditionColumn = <T extends { readonly condition: ConditionState }>(): Column<T> => ({
  id: 'condition',
  header: 'Condition',
  value: ({ condition }) => gravity[condition],
  cell: ({ condition }) => <Condition state={condition} />,
});

/** How far each is behind: in seconds, then in records. */
export const behindColumns = <T,>(
  seconds: (row: T) => number | null,
  records: (row: T) => number | null,
): readonly Column<T>[] => [
  {
    id: 'seconds',
    header: 'Behind',
    kind: 'end',
    value: seconds,
    cell: (row) => formatSeconds(seconds(row)),
  },
  {
    id: 'records',
    header: 'Records',
    kind: 'end',
    value: records,
    cell: (row) => formatCount(records(row)),
  },
];
