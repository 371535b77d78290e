import { MillraceError } from '@millrace/contracts';
import type { AssignedPartition, GroupHandlers, StartOffsets } from '../group-consumer.ts';
import type { TopicPartition } from '../records.ts';
import { type Holding, type Holdings, keyOf, type Term } from './holdings.ts';
import type { Membership } from './join-group.ts';

/**
 * Tells the handlers what is owned, one assignment after the other, and begins to read what was added. While
 * a handler works the group may move on; it is then told of the latest assignment only, and what it answers
 * counts for what is still held.
 */
export interface HandOver {
  /** The membership is another one. Never waits. */
  assigned(membership: Membership): void;
}

export interface HandOverOptions {
  readonly holdings: Holdings;
  readonly handlers: GroupHandlers;
  /** Patient until the signal aborts. */
  describe(
    partitions: readonly TopicPartition[],
    signal: AbortSignal,
  ): Promise<readonly AssignedPartition[]>;
  topicId(topic: string): Promise<string>;
  /** Begins to read what is held. */
  begin(start: TopicPartition & { readonly topicId: string; readonly offset: number }): void;
  /** What a handler rejected with, or what kept a partition from being read. */
  failed(error: unknown): void;
}

const bare = ({ topic, partition }: TopicPartition): TopicPartition => ({ topic, partition });

export const createHandOver = (options: HandOverOptions): HandOver => {
  const { holdings, handlers } = options;
  let latest: Membership | undefined;
  let told: Membership | undefined;
  let isTelling = false;

  const begin = async (holding: Holding, opening: Opening, start: number | Promise<number>) => {
    try {
      const offset = await start;
      const topicId = opening.topicIdOf(holding) ?? (await options.topicId(holding.topic));
      if (holdings.isHeld(holding)) options.begin({ ...bare(holding), topicId, offset });
    } catch (error) {
      if (holdings.isHeld(holding)) options.failed(error);
    }
  };

  const tellOnce = async (membership: Membership): Promise<void> => {
    const kept = holdings.all().filter((one) => one.term !== undefined);
    const { term, added } = holdings.beginTerm();
    const opening = createOpening(options, added, term);
    let starts: StartOffsets | undefined;
    try {
      starts = await handlers.assigned({
        term: term.id,
        generation: membership.generation,
        added: added.map(bare),
        kept: kept.map(bare),
        userData: membership.userData,
        positions: opening.positions,
      });
    } catch (error) {
      // What an assignment that is over comes to is of no interest any more.
      const isOver = added.length > 0 ? term.signal.aborted : latest !== membership;
      if (!isOver) options.failed(error);
      return;
    }
    for (const holding of added.filter(holdings.isHeld)) {
      const start = starts?.get(keyOf(holding)) ?? opening.startOf(holding);
      void begin(holding, opening, start);
    }
  };

  const tell = async (): Promise<void> => {
    isTelling = true;
    while (latest !== told) {
      told = latest;
      await tellOnce(told!);
    }
    isTelling = false;
  };

  return {
    assigned(membership) {
      latest = membership;
      if (!isTelling) void tell();
    },
  };
};

type Opening = ReturnType<typeof createOpening>;

/** The positions of what was added in one term, as last read. */
const createOpening = (options: HandOverOptions, added: readonly Holding[], term: Term) => {
  const { holdings } = options;
  let known = new Map<string, AssignedPartition>();

  const positions = async (): Promise<readonly AssignedPartition[]> => {
    const held = added.filter(holdings.isHeld);
    if (held.length === 0) {
      if (added.length === 0) return [];
      throw new MillraceError('kafka.fenced', 'the partitions of the assignment are owned no more');
    }
    const found = await options.describe(held.map(bare), term.signal);
    known = new Map(found.map((one) => [keyOf(one), one]));
    return found;
  };

  let reading: Promise<unknown> | undefined;
  return {
    positions,
    topicIdOf: (holding: Holding) => known.get(keyOf(holding))?.topicId,
    async startOf(holding: Holding): Promise<number> {
      if (!known.has(keyOf(holding))) {
        reading ??= positions();
        await reading;
      }
      return known.get(keyOf(holding))!.startOffset;
    },
  };
};
