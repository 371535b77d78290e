/**
 * Tells a load that is wrong as a whole (another contract, a mapping that fits no row) from rows that are wrong: when
 * nothing of the first thousand is accepted it ends, before anything is written, so that it can be run again.
 */
import { MillraceError } from '@millrace/contracts';
import type { LoadCounts } from '../load-tally.ts';
import { count } from './load-text.ts';

/** Rejected rows without one that is accepted. */
export const rejectedFirstMax = 1000;

/** True while it cannot be told yet. Throws `ingest.rows-all-rejected`. A load that goes on with a part is judged already. */
export const isUndecided = ({ accepted, rejected, resumedAfter, refused }: LoadCounts): boolean => {
  if (accepted > 0 || resumedAfter > 0) return false;
  if (rejected < rejectedFirstMax) return true;
  const [first] = refused;
  const where = `${first?.part}:${first?.line ?? `row ${first?.row}`}`;
  throw new MillraceError(
    'ingest.rows-all-rejected',
    `the first ${count(rejected)} rows were all rejected, ${where}: ${first?.message}`,
  );
};
