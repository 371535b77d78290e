/** Whether an UPDATE changed anything that is captured. It can be told only from a full old row. */
import { type Tuple, valueKind } from '@millrace/pgoutput';
import type { TableShape } from '../envelope/table-shape.ts';

export const isUnchangedRow = ({ columns }: TableShape, old: Tuple, row: Tuple): boolean => {
  for (let i = 0; i < columns.length; i++) {
    if (columns[i]?.excluded || row.kinds[i] === valueKind.unchanged) continue;
    if (old.kinds[i] !== row.kinds[i] || old.lengths[i] !== row.lengths[i]) return false;
    const start = row.starts[i] as number;
    const oldStart = old.starts[i] as number;
    const length = row.lengths[i] as number;
    const difference = row.bytes.compare(
      old.bytes,
      oldStart,
      oldStart + length,
      start,
      start + length,
    );
    if (difference !== 0) return false;
  }
  return true;
};
