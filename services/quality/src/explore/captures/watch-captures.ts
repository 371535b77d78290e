/** Slots of all PostgreSQL servers in rounds. A server that does not answer is told of; what was known of its slots stays. */
import { slotNameOf } from '@millrace/contracts';
import type { CaptureReport, CaptureState } from '@millrace/operations';
import type { PartContext } from '../../part.ts';
import type { Watch } from '../../watch.ts';
import { judgeSlot } from './judge-slot.ts';
import { readSlots, type SlotFigures, serverOf } from './read-slots.ts';
import { createSlotGrowth } from './slot-growth.ts';

export interface CaptureWatch {
  readonly watch: Watch;
  /** Undefined before the first round. */
  readonly report: CaptureReport | undefined;
}

export interface CaptureWatchOptions
  extends Pick<PartContext, 'board' | 'clock' | 'project' | 'config'> {
  readonly urls: readonly string[];
  /** As `readSlots`, for tests. */
  readonly read?: (url: string) => Promise<readonly SlotFigures[]>;
}

/** The source that captures by each slot name. */
const sourcesOf = ({ contracts }: PartContext['project']): ReadonlyMap<string, string> =>
  new Map(
    contracts.flatMap(({ source }) =>
      source.kind === 'change' ? [[slotNameOf(source.source), source.source] as const] : [],
    ),
  );

export const watchCaptures = (options: CaptureWatchOptions): CaptureWatch => {
  const { board, clock, config, urls, read = readSlots } = options;
  const sources = sourcesOf(options.project);
  const growth = createSlotGrowth();
  const byServer = new Map<string, readonly CaptureState[]>();
  let report: CaptureReport | undefined;

  const stateOf = (server: string, figures: SlotFigures): CaptureState => {
    const key = `slot:${server}:${figures.slot}`;
    if (figures.retainedBytes !== null) growth.look(key, clock.nowMs(), figures.retainedBytes);
    const judged = judgeSlot(figures, growth.perSecond(key), config);
    for (const condition of judged.conditions)
      board.raise({ ...condition, key: `${key}:${condition.name}`, subject: figures.slot });
    const { condition, exhaustionSeconds, conditions } = judged;
    board.keepOnly(`${key}:`, new Set(conditions.map(({ name }) => `${key}:${name}`)));
    const source = sources.get(figures.slot) ?? null;
    return { ...figures, source, server, condition, exhaustionSeconds };
  };

  return {
    watch: {
      name: 'captures',
      everyMs: config.exploreIntervalMs,
      round: async () => {
        const away: { server: string; reason: string }[] = [];
        const looks = urls.map(async (url) => {
          const server = serverOf(url);
          try {
            const slots = await read(url);
            byServer.set(
              server,
              slots.map((figures) => stateOf(server, figures)),
            );
          } catch (error) {
            const reason = error instanceof Error ? error.message : String(error);
            away.push({ server, reason });
          }
        });
        await Promise.all(looks);
        const captures = [...byServer.values()].flat();
        const keys = captures.map(({ server, slot }) => `slot:${server}:${slot}`);
        growth.keepOnly(new Set(keys));
        dropGone(board, keys);
        report = { atMs: clock.nowMs(), captures, away };
      },
    },
    get report() {
      return report;
    },
  };
};

/** Conditions of slots that are there no more. */
const dropGone = (board: PartContext['board'], keys: readonly string[]): void => {
  for (const { key } of board.open)
    if (key.startsWith('slot:') && !keys.some((slot) => key.startsWith(`${slot}:`)))
      board.clear(key);
};
