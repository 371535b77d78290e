import type { TopicPartition } from '../records.ts';

/**
 * What a member owns, and since when. A partition that is lost and comes back is another holding, so nothing
 * that was begun for the first can reach the second.
 */
export interface Holding extends TopicPartition {
  /** In which it was told to the handlers; undefined until then. */
  term: Term | undefined;
}

export interface Term {
  readonly id: number;
  /** Aborts when nothing of the term is held any more. */
  readonly signal: AbortSignal;
}

export interface Holdings {
  all(): readonly Holding[];
  isHeld(holding: Holding): boolean;
  find(partition: TopicPartition): Holding | undefined;
  /** Holds these, too. */
  hold(partitions: readonly TopicPartition[]): void;
  /** Lets go; answers what was held of it. */
  drop(partitions: readonly TopicPartition[]): readonly Holding[];
  /** Begins a term with all that has none. */
  beginTerm(): { readonly term: Term; readonly added: readonly Holding[] };
}

export const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}:${partition}`;

export const createHoldings = (): Holdings => {
  const held = new Map<string, Holding>();
  const endings = new Map<number, AbortController>();
  let terms = 0;

  const endTerms = () => {
    const alive = new Set([...held.values()].map((one) => one.term?.id));
    for (const [id, ending] of endings) {
      if (alive.has(id)) continue;
      endings.delete(id);
      ending.abort();
    }
  };

  const drop: Holdings['drop'] = (partitions) => {
    const dropped: Holding[] = [];
    for (const partition of partitions) {
      const holding = held.get(keyOf(partition));
      if (holding === undefined) continue;
      held.delete(keyOf(holding));
      dropped.push(holding);
    }
    endTerms();
    return dropped;
  };

  return {
    all: () => [...held.values()],
    isHeld: (holding) => held.get(keyOf(holding)) === holding,
    find: (partition) => held.get(keyOf(partition)),
    drop,
    hold(partitions) {
      for (const { topic, partition } of partitions) {
        const key = keyOf({ topic, partition });
        if (!held.has(key)) held.set(key, { topic, partition, term: undefined });
      }
    },
    beginTerm() {
      terms += 1;
      const ending = new AbortController();
      const term: Term = { id: terms, signal: ending.signal };
      const added = [...held.values()].filter((one) => one.term === undefined);
      for (const holding of added) holding.term = term;
      if (added.length > 0) endings.set(term.id, ending);
      return { term, added };
    },
  };
};
