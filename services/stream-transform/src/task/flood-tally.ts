/**
 * What a task has processed and given up since its last commit, by topic, and whether that is an outage: then nothing of it is committed
 * and the task begins again at what is committed, until it goes well or a person lets the letters go. What an
 * operator refused because it was asked to is no fault and does not count.
 */
import { MillraceError } from '@millrace/contracts';
import type { FloodControl, Judged } from '@millrace/dead-letters';

export interface FloodTally {
  processed(topic: string, records: number): void;
  dead(topic: string, code: string): void;
  /** Throws `transform.mostly-dead` where it is one. */
  check(): void;
  /** It is committed: counts begin anew. */
  passed(): PassedTally;
  /** It was thrown away. */
  forget(): void;
  /** Tells others of the floods that `check` found last, and looks for an order. */
  waits(): Promise<void>;
}

export interface PassedTally {
  readonly records: number;
  /** What was given up. */
  readonly dead: readonly {
    readonly topic: string;
    readonly code: string;
    readonly records: number;
  }[];
}

const onPurpose = 'transform.record-rejected';

export const createFloodTally = (
  floods: FloodControl,
  transform: string,
  partition: number,
): FloodTally => {
  const records = new Map<string, number>();
  const codes = new Map<string, Map<string, number>>();
  let found: (Judged & { readonly topic: string })[] = [];

  const judgedOf = (topic: string): Judged => {
    const ofTopic = [...(codes.get(topic) ?? [])].filter(([code]) => code !== onPurpose);
    const dead = ofTopic.reduce((sum, [, count]) => sum + count, 0);
    return { dead, records: Math.max(dead, records.get(topic)!), code: ofTopic[0]?.[0] ?? '' };
  };
  const forget = (): void => {
    records.clear();
    codes.clear();
  };

  return {
    processed: (topic, count) => records.set(topic, (records.get(topic) ?? 0) + count),
    dead: (topic, code) => {
      const ofTopic = codes.get(topic) ?? new Map<string, number>();
      codes.set(topic, ofTopic);
      ofTopic.set(code, (ofTopic.get(code) ?? 0) + 1);
    },
    check: () => {
      if (codes.size === 0) return;
      // what an operator made of others has no topic
      found = [...records.keys()]
        .map((topic) => ({ topic, ...judgedOf(topic) }))
        .filter((judged) => floods.partition(judged.topic, partition).holds(judged));
      const [first] = found;
      if (first === undefined) return;
      throw new MillraceError(
        'transform.mostly-dead',
        `transform ${transform}, ${first.topic}/${partition}: ${first.dead} of ${first.records} records would be dead letters (${first.code})`,
        { retryable: true },
      );
    },
    passed: () => {
      for (const topic of records.keys())
        floods.partition(topic, partition).passed(judgedOf(topic));
      const all = [...records.values()].reduce((sum, count) => sum + count, 0);
      const dead = [...codes].flatMap(([topic, ofTopic]) =>
        [...ofTopic].map(([code, count]) => ({ topic, code, records: count })),
      );
      forget();
      return { records: all, dead };
    },
    forget,
    waits: async () => {
      for (const { topic, ...judged } of found)
        await floods.partition(topic, partition).waits(judged);
    },
  };
};
