/**
 * Looks at the first record that a group has not done, for a bounded number of partitions a round: its own time in place of an
 * estimate, and whether a record is there at all or a transaction's marker. Which ones are due comes from the weighing.
 */
import type { ClusterWatch, PartitionLayout } from '@millrace/kafka';
import type { EndSamples } from './end-samples.ts';
import type { GroupTopic } from './group-topic.ts';
import type { QuietStretches } from './quiet-stretch.ts';

export interface Looks {
  /** At most as many are kept as a round reads; which ones moves on from round to round. */
  want(topic: GroupTopic, partition: number, offset: number): void;
  /** Reads; never more than the bound. What the brokers do not tell is left as it is. */
  look(cluster: ClusterWatch, layout: PartitionLayout): Promise<void>;
}

export interface LooksOptions {
  readonly samples: EndSamples;
  readonly quiet: QuietStretches;
  readonly readsMax: number;
}

/** A producer's clock that differs by less is believed. */
const CLOCKS_MS = 60_000;

interface Look {
  readonly topic: GroupTopic;
  readonly partition: number;
  readonly offset: number;
}

export const createLooks = ({ samples, quiet, readsMax }: LooksOptions): Looks => {
  let wanted: Look[] = [];
  let asked = 0;
  let skipped = 0;
  /** Topics whose records carry the time of what they tell of (of replays, of other clocks), by id. */
  const strangeTimes = new Set<string>();

  /** A record's own time within what the ends say of it; NaN where it is not to be believed. */
  const believed = (place: GroupTopic['place'], index: number, offset: number, ownMs: number) => {
    const bounds = samples.writtenAt(index, offset);
    if (bounds === undefined) return Number.NaN;
    if (bounds.afterMs > Number.NEGATIVE_INFINITY) {
      if (ownMs < bounds.afterMs - CLOCKS_MS) strangeTimes.add(place.topicId);
      return ownMs >= bounds.afterMs && ownMs <= bounds.beforeMs ? ownMs : Number.NaN;
    }
    return strangeTimes.has(place.topicId) ? Number.NaN : Math.min(ownMs, bounds.beforeMs);
  };

  const lookOnce = async (cluster: ClusterWatch, layout: PartitionLayout, look: Look) => {
    const { topic, partition, offset } = look;
    const { place } = topic;
    const sight = await cluster.sight(layout, place.name, partition, offset);
    if (sight.kind === 'unknown') return;
    const index = place.first + partition;
    if (sight.kind === 'nothing') {
      quiet.learn(index, offset, sight.until);
      // an end that is held back shows nothing at all: not to be asked for again
      if (sight.until <= offset) topic.saw(partition, offset, Number.NaN);
      return;
    }
    quiet.learn(index, offset, sight.offset);
    topic.saw(partition, sight.offset, believed(place, index, sight.offset, sight.timestampMs));
  };

  return {
    want(topic, partition, offset) {
      asked += 1;
      if (asked > skipped && wanted.length < readsMax) wanted.push({ topic, partition, offset });
    },
    async look(cluster, layout) {
      const looks = wanted;
      // the rest has its turn in the rounds after
      skipped = asked > skipped + looks.length && looks.length > 0 ? skipped + looks.length : 0;
      wanted = [];
      asked = 0;
      await Promise.all(looks.map((look) => lookOnce(cluster, layout, look)));
    },
  };
};
