/** What `millrace replay` prints: a plan, progress, and the replays there are. */
import type { Progress } from '@millrace/dead-letters';
import type { Replay } from './replay-store.ts';

export const offsetsOf = ({ ranges }: Pick<Replay, 'ranges'>): number =>
  ranges.reduce((sum, { from, end }) => sum + end - from, 0);

/** A row of `replay list`. */
export const replayRow = (replay: Replay): Readonly<Record<string, unknown>> => ({
  id: replay.id,
  contract: replay.contract,
  mode: replay.mode,
  phase: replay.phase,
  offsets: offsetsOf(replay),
  table: replay.side?.table ?? replay.table,
});

/** Rows of `replay show` and of a plan. */
export const rangeRows = ({ ranges }: Pick<Replay, 'ranges'>) =>
  ranges.map(({ partition, from, end }) => ({
    partition,
    offsets: end > from ? `${from}–${end - 1}` : 'none yet',
    count: end - from,
  }));

/** What comes next, in a sentence. */
export function nextStep({ id, mode, phase, side }: Replay): string {
  if (phase === 'done' && mode !== 'side-table') return 'Done.';
  if (phase === 'done') {
    return `Done. The old rows are in ${side?.table}; \`millrace replay cancel ${id}\` drops them.`;
  }
  if (phase === 'landed') {
    return `Landed in ${side?.table}; \`millrace replay swap ${id}\` puts it in the table’s place.`;
  }
  return `Not finished; \`millrace replay resume ${id}\` goes on.`;
}

/** What did not land, in a sentence; undefined when nothing was refused. */
export const refusedText = (refused: number): string | undefined =>
  refused === 0
    ? undefined
    : `Refused: ${refused}, which are dead letters and not in the table; \`millrace dead list --service sink\` says why.`;

/** Progress with rate and time left, for a terminal; offsets, since some are no records. */
export function createProgressText(startedMs: number) {
  let begun: number | undefined;
  return ({ done, total }: Progress, nowMs: number): string => {
    begun ??= done;
    const perSecond = ((done - begun) / Math.max(nowMs - startedMs, 1)) * 1_000;
    const left = perSecond > 0 ? `, ${Math.ceil((total - done) / perSecond)} s left` : '';
    return `${done} of ${total} offsets, ${Math.round(perSecond)}/s${left}`;
  };
}
