/** What a proposed change comes to, in one sentence. */
import type { ImpactReport } from '@millrace/operations';
import { formatCount } from '../format/numbers.ts';

export interface Verdict {
  readonly tone: 'ok' | 'warn' | 'bad' | 'info';
  readonly title: string;
  readonly text: string;
}

const plural = (count: number, one: string, many: string): string =>
  `${formatCount(count)} ${count === 1 ? one : many}`;

/** @param compatibility of the stream, e.g. `BACKWARD` */
export const verdictOf = (
  { contracts, problems }: ImpactReport,
  compatibility: string,
): Verdict => {
  const changes = contracts.flatMap((one) => one.changes);
  const breaking = changes.filter((one) => one.breaking).length;
  const named = new Set(
    contracts.flatMap(({ affected, objects }) =>
      [...affected, ...objects].map(({ kind, name }) => `${kind} ${name}`),
    ),
  ).size;
  const who =
    named === 0
      ? 'Nobody is known who reads what changes.'
      : `${plural(named, 'reader or object is', 'readers and objects are')} affected.`;
  if (breaking > 0)
    return {
      ...{ tone: 'bad', title: 'Breaking' },
      text: `${formatCount(breaking)} of ${plural(changes.length, 'change is', 'changes are')} not compatible (${compatibility}). ${who}`,
    };
  if (problems.length > 0)
    return {
      ...{ tone: 'bad', title: 'Not a contract yet' },
      text: 'contracts check refuses the files as they are written here.',
    };
  if (changes.length === 0)
    return { tone: 'info', title: 'No change', text: 'What the files say stays the same.' };
  return {
    ...{ tone: 'ok', title: 'Compatible' },
    text: `${plural(changes.length, 'change', 'changes')}, all compatible (${compatibility}). ${who}`,
  };
};
