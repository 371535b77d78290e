import { type Contract, MillraceError } from '@millrace/contracts';
import {
  type Admin,
  type ConsumedBatch,
  createTailConsumer,
  type KafkaConnection,
} from '@millrace/kafka';
import { createMemoryKeyedStore, type KeyedStore, type SourceNode } from '@millrace/streams';
import {
  createSourceReader,
  type ReadRecord,
  type SourceReader,
  type SourceReaderOptions,
} from '../records/source-reader.ts';

/** Tables that every task has whole: each process follows their topics by itself, without a group. */
export interface GlobalTables {
  /** The table of this contract, by key; it changes as its topic is read. Of another contract: a TypeError. */
  of<V>(contract: string): Pick<KeyedStore<V>, 'get' | 'entries' | 'size'>;
  /** Rejects when a topic cannot be followed any more. */
  readonly finished: Promise<void>;
  close(): Promise<void>;
}

export interface GlobalTablesOptions extends SourceReaderOptions {
  readonly kafka: KafkaConnection;
  readonly admin: Admin;
}

interface Table {
  readonly rows: KeyedStore<unknown>;
  readonly reader: SourceReader;
}

const nodeOf = ({ id }: Contract): SourceNode => ({
  kind: 'source',
  name: `global table ${id}`,
  contract: id,
  as: 'table',
  options: { disorderMs: 0, others: 'refuse', longs: 'number' },
});

/**
 * Resolves when the tables hold everything that their topics hold at the call, so that no task begins with
 * half of one. Committed records alone; a row that cannot be read is told and left as it was. Throws
 * `transform.topic-missing`.
 */
export const followGlobalTables = async (
  contracts: readonly Contract[],
  options: GlobalTablesOptions,
): Promise<GlobalTables> => {
  const { kafka, admin, logger } = options;
  const closing = new AbortController();
  const byTopic = new Map<string, Table>();
  const byContract = new Map<string, Table>();
  for (const contract of contracts) {
    const topic = contract.topic.name;
    const reader = createSourceReader(
      { kind: 'source', node: nodeOf(contract), topic, contract },
      options,
    );
    const table = { rows: createMemoryKeyedStore<unknown>(), reader };
    byTopic.set(topic, table);
    byContract.set(contract.id, table);
  }

  const record: ReadRecord = { key: null, value: undefined, timeMs: 0 };
  const take = async ({ topic, partition, records }: ConsumedBatch): Promise<void> => {
    const { rows, reader } = byTopic.get(topic)!;
    for (const { pack, from, to } of records.spans) {
      for (let index = from; index < to; index += 1) {
        try {
          let outcome = reader.read(pack, index, record);
          while (outcome === 'unknown') {
            await reader.learn(pack, index, closing.signal);
            if (closing.signal.aborted) return;
            outcome = reader.read(pack, index, record);
          }
          if (outcome === 'skip') continue;
        } catch (error) {
          if (!(error instanceof MillraceError)) throw error;
          const at = { topic, partition, offset: pack.offsets[index], code: error.code };
          logger.error(at, 'a row of a global table cannot be read and is left as it was');
          continue;
        }
        if (record.key === null) continue;
        if (record.value === null) rows.delete(record.key);
        else rows.set(record.key, record.value);
      }
    }
  };

  const failure = Promise.withResolvers<never>();
  let taking = Promise.resolve();
  const tail = createTailConsumer(kafka, {
    isolation: 'read_committed',
    batch(batch) {
      // Reading may wait for a schema; until then no more of the partition is fetched.
      tail.pause([batch]);
      taking = taking.then(() => take(batch)).then(() => tail.resume([batch]));
      taking.catch(failure.reject);
    },
  });
  const finished = Promise.race([tail.finished, failure.promise]);
  finished.catch(() => undefined);

  if (contracts.length > 0) {
    const topics = await admin.describeTopics([...byTopic.keys()]);
    const missing = [...byTopic.keys()].find((topic) => !topics.some(({ name }) => name === topic));
    if (missing !== undefined) {
      throw new MillraceError(
        'transform.topic-missing',
        `there is no ${missing} for a global table`,
      );
    }
    const partitions = topics.flatMap(({ name: topic, partitions: count }) =>
      Array.from({ length: count }, (_, partition) => ({ topic, partition, fromOffset: 0 })),
    );
    await tail.add(partitions);
    await tail.caughtUp(partitions);
    await taking;
  }

  return {
    of<V>(contract: string) {
      const table = byContract.get(contract);
      if (table === undefined) throw new TypeError(`${contract} is not followed`);
      return table.rows as KeyedStore<V>;
    },
    finished,
    async close() {
      closing.abort();
      await tail.close();
    },
  };
};
