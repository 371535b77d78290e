/** What a redrive would do with each letter, as far as it can be told without sending: for a dry run. Nothing is sent or written. */
import type { ClickHouse } from '@millrace/clickhouse';
import type { DeadLetterFilter, RedriveReport } from '@millrace/operations';
import { countLetters, findLetters, type IndexedLetter } from '../read-letters.ts';
import { obstacleOf, standsWhy } from './letter-fate.ts';
import { counted, type RedriveJob, reportOf } from './redrive-job.ts';
import type { ProjectGraphs } from './transform-obstacle.ts';

/** It looks at so many, the oldest; how many match in all it says besides. */
const DRY_RUN_MAX = 10_000;
/** Letters that are told one by one. */
const TOLD_MAX = 1_000;

type Told = NonNullable<RedriveReport['letters']>[number];

/** Letters that a request is about: those that wait, and with `again` all. */
export const filterFor = ({ filter, again }: RedriveJob['request']): DeadLetterFilter =>
  again ? filter : { ...filter, state: 'waiting' };

/**
 * What would become of each, in their order, up to the last that may be sent. Whether Kafka holds a record still, and whether it is
 * refused once more, shows when it is sent.
 */
export const foretell = (
  letters: readonly IndexedLetter[],
  { redrivesMax, most }: Pick<RedriveJob['request'], 'redrivesMax' | 'most'>,
  project: ProjectGraphs,
): readonly (Told & { readonly code: string })[] => {
  const told: (Told & { readonly code: string })[] = [];
  let sent = 0;
  for (const letter of letters) {
    if (sent >= most) break;
    const { id, code, service, redrivenAtMs } = letter;
    const isThere = service === 'stream-transform' && redrivenAtMs !== null;
    const why = obstacleOf(letter, redrivesMax, project) ?? (isThere ? standsWhy : null);
    if (why === null) sent += 1;
    told.push({ id, code, why });
  }
  return told;
};

/** Rejects as ClickHouse's client does. */
export const dryRun = async (
  { clickhouse, ...project }: ProjectGraphs & { readonly clickhouse: ClickHouse },
  request: RedriveJob['request'],
  by: string,
  nowMs: number,
): Promise<RedriveReport> => {
  const filter = filterFor(request);
  const matched = await countLetters(clickhouse, filter, request.ids);
  const letters = await findLetters(clickhouse, {
    ...{ filter, order: 'oldest', most: Math.min(DRY_RUN_MAX, matched) },
    ...(request.ids !== undefined && { ids: request.ids }),
  });
  const told = foretell(letters, request, project);
  const sent = told.filter(({ why }) => why === null);
  const job: RedriveJob = {
    ...{ id: '', home: '', request, by, role: 'viewer', auditId: '', state: 'done', batch: 0 },
    ...{ matched, sent: sent.length, startedMs: nowMs, endedMs: nowMs },
    refused: counted(
      {},
      told.flatMap(({ why }) => why ?? []),
    ),
    byReason: counted(
      {},
      sent.map(({ code }) => code),
    ),
  };
  return {
    ...reportOf(job),
    letters: told.slice(0, TOLD_MAX).map(({ id, why }) => ({ id, why })),
  };
};
