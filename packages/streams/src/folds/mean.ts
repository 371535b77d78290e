import type { RecordInfo } from '../record-info.ts';
import {
  addExactly,
  type ExactSum,
  mergeExactly,
  readSum,
  roundedSum,
  writeSum,
} from './exact-sum.ts';
import type { Fold } from './fold.ts';
import { numberOf } from './selected.ts';

/** What a mean keeps. */
interface Mean {
  sum: ExactSum;
  terms: number;
}

/** The exact sum, rounded, by the number of terms; nulls are passed over, null is the mean of nothing. */
export const mean = <V, T extends number | null | undefined>(
  of: (value: V, info: RecordInfo) => T,
): Fold<V, T extends number ? number : number | null, Mean> => ({
  shape: 'mean:v1',
  exact: true,
  init: () => ({ sum: 0, terms: 0 }),
  select: (value, info) => numberOf('mean', of(value, info)),
  add(mean, term) {
    if (term === null) return mean;
    mean.sum = addExactly(mean.sum, term as number);
    mean.terms += 1;
    return mean;
  },
  merge(into, from) {
    into.sum = mergeExactly(into.sum, from.sum);
    into.terms += from.terms;
    return into;
  },
  result: ({ sum, terms }) => (terms === 0 ? null : roundedSum(sum) / terms) as never,
  bytes: {
    write({ sum, terms }, to) {
      to.integer(terms);
      writeSum(sum, to);
    },
    read(from) {
      const terms = from.integer();
      return { terms, sum: readSum(from) };
    },
  },
});
