/**
 * Which instance follows which source: the members of a group share the partitions of the positions' topic, and a
 * source is where its partition is. When one dies, the others have its sources after the session's time-out. The
 * group decides who tries; what makes it safe is the source's transactional id.
 */
import { ingestPositionsTopic } from '@millrace/contracts';
import {
  createGroupConsumer,
  type GroupConsumer,
  type KafkaConnection,
  partitionForKey,
} from '@millrace/kafka';

export interface SharedSources {
  /** Rejects when the group cannot go on, or with what `follow` rejected with; else resolves after `close`. */
  readonly finished: Promise<void>;
  /** Ends what is followed here, then leaves the group. */
  close(): Promise<void>;
}

export interface ShareOptions {
  readonly connection: KafkaConnection;
  readonly names: readonly string[];
  /** Of the positions' topic. */
  readonly partitions: number;
  /** Follows a source until the signal aborts. */
  readonly follow: (name: string, signal: AbortSignal) => Promise<void>;
}

/** The least that brokers allow by default. */
const sessionTimeoutMs = 6000;

export const shareSources = (options: ShareOptions): SharedSources => {
  const { connection, names, partitions, follow } = options;
  const running = new Map<
    string,
    { readonly stop: AbortController; readonly done: Promise<void> }
  >();
  const failed = Promise.withResolvers<void>();
  const namesOf = (owned: readonly { readonly partition: number }[]): readonly string[] =>
    names.filter((name) => {
      const partition = partitionForKey(Buffer.from(name), partitions);
      return owned.some((one) => one.partition === partition);
    });
  const begin = (name: string): void => {
    const stop = new AbortController();
    const before = running.get(name)?.done ?? Promise.resolve();
    const done = before.then(() => (stop.signal.aborted ? undefined : follow(name, stop.signal)));
    done.catch(failed.reject);
    running.set(name, { stop, done });
  };
  const consumer: GroupConsumer = createGroupConsumer(connection, {
    groupId: 'millrace.ingest.sources',
    topics: [ingestPositionsTopic],
    sessionTimeoutMs,
  });
  const member = consumer.run({
    assigned: async ({ added }) => {
      for (const name of namesOf(added)) begin(name);
      return undefined;
    },
    revoked: (lost) => {
      for (const name of namesOf(lost))
        running.get(name)?.stop.abort(new Error('not ours any more'));
    },
    // positions are read by whoever has fenced their source; here the topic only divides
    batch: ({ topic, partition }) => consumer.finish([{ topic, partition }]),
  });
  return {
    finished: Promise.race([member, failed.promise]),
    close: async () => {
      for (const { stop } of running.values()) stop.abort(new Error('stopping'));
      await Promise.allSettled([...running.values()].map(({ done }) => done));
      await consumer.close();
    },
  };
};
