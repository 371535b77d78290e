/** Sets the differences that were found against the table of those that are accepted. */
import { type AcceptedDifference, acceptedDifferences } from './accepted-differences.ts';
import type { Difference } from './differences.ts';

export interface Verdict {
  readonly unexpected: readonly Difference[];
  readonly used: readonly AcceptedDifference[];
}

export function judge(
  differences: readonly Difference[],
  acceptable: readonly AcceptedDifference[] = acceptedDifferences,
): Verdict {
  const used = new Set<AcceptedDifference>();
  const unexpected = differences.filter(({ topic, record, path, ours }) => {
    const found = acceptable.find(
      ({ isOurs, where }) =>
        where.test(`${topic} ${record} ${path}`) && (isOurs === undefined || isOurs(ours)),
    );
    if (found !== undefined) used.add(found);
    return found === undefined;
  });
  return { unexpected, used: [...used] };
}
