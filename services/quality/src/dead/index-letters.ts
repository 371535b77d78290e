/**
 * Follows the dead letter topics and keeps the index of their letters. How far it is the index itself tells, so a killed service
 * goes on where it stood; a stretch that was written and not known to be is written again, and is there once.
 */
import { type Contract, deadTopic, MillraceError } from '@millrace/contracts';
import type { ClusterWatch, PartitionLayout } from '@millrace/kafka';
import type { PartContext } from '../part.ts';
import type { Watch } from '../watch.ts';
import {
  type KnownStream,
  type LetterRow,
  type LetterService,
  letterRow,
  letterServices,
} from './letter-row.ts';
import { insertLetters, lettersTable, makeTables } from './letter-table.ts';

/** Letters of one insert, and of one partition in one round. */
const INSERT_ROWS = 2_000;
const ROUND_ROWS = 50_000;

interface Place {
  readonly service: LetterService;
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
  /** Its end for readers of committed records. */
  readonly stable: number;
}

const isAbsent = (error: unknown): boolean =>
  error instanceof MillraceError && error.code === 'kafka.unknown-topic';

/** Rounds from one look for dead letter topics that are not there yet to the next, and at those that are. */
const ABSENT_ROUNDS = 5;
const PRESENT_ROUNDS = 30;

/**
 * Where each dead letter topic ends, in one request to each broker; of those that exist. What no broker tells waits for the next
 * round. A topic that was made again is asked for anew when its end has gone back, or some rounds later.
 */
const createPlaces = (cluster: ClusterWatch) => {
  const topics = letterServices.map((service) => deadTopic(service));
  let layout: PartitionLayout | undefined;
  let ends = new Float64Array(0);
  let rounds = 0;

  const layOut = async (): Promise<PartitionLayout> => {
    rounds += 1;
    const most = (layout?.topics.size ?? 0) < topics.length ? ABSENT_ROUNDS : PRESENT_ROUNDS;
    if (layout !== undefined && rounds < most) return layout;
    layout = await cluster.layout(topics);
    ends = new Float64Array(layout.partitions);
    rounds = 0;
    return layout;
  };

  return async (): Promise<readonly Place[]> => {
    const of = await layOut();
    const before = ends.slice();
    const { isStale } = await cluster.boundaries(of, 'stable', ends);
    const isAnew = ends.some((end, index) => end < before[index]!);
    if (isStale || isAnew) layout = undefined;
    if (isAnew) return [];
    return letterServices.flatMap((service) => {
      const found = of.topics.get(deadTopic(service));
      return Array.from({ length: found?.partitions ?? 0 }, (_, partition) => {
        const { name: topic, topicId, first } = found!;
        return { service, topic, topicId, partition, stable: ends[first + partition]! };
      }).filter(({ stable }) => !Number.isNaN(stable));
    });
  };
};

const keyOf = ({ topicId, partition }: Pick<Place, 'topicId' | 'partition'>): string =>
  `${topicId}/${partition}`;

/** What the index needs of a service's surroundings. */
export type IndexContext = Pick<
  PartContext,
  'clickhouse' | 'clock' | 'cluster' | 'config' | 'metrics' | 'reader'
> & {
  stream(topic: string): KnownStream | undefined;
  isClosed(contract: string, field: string): boolean;
};

export const indexLetters = (context: IndexContext): Watch => {
  const { clickhouse, clock, cluster, config, metrics, reader } = context;
  const placesOf = createPlaces(cluster);
  let reached: Map<string, number> | undefined;

  /**
   * Once, and after a restart: behind the newest letter of each partition; of a transform at the first that an older version indexed,
   * which did not keep whether anything else came of its record.
   */
  const begin = async (): Promise<Map<string, number>> => {
    await makeTables(clickhouse, config.historyRetentionMs);
    const rows = await clickhouse.query<{ topicId: string; partition: number; next: string }>(
      `SELECT topic_id AS topicId, letter_partition AS partition,
         if(countIf(isOld) > 0, minIf(letter_offset, isOld), max(letter_offset) + 1) AS next
       FROM (SELECT topic_id, letter_partition, letter_offset, service = 'stream-transform' AND whole IS NULL AS isOld
             FROM ${lettersTable} FINAL)
       GROUP BY ALL`,
    );
    return new Map(rows.map(({ next, ...place }) => [keyOf(place), Number(next)]));
  };

  const readOn = async (place: Place, from: number, signal: AbortSignal): Promise<number> => {
    const { topic, partition, stable } = place;
    let rows: LetterRow[] = [];
    let taken = 0;
    let next = from;
    const flush = async (): Promise<void> => {
      if (rows.length === 0) return;
      await insertLetters(clickhouse, rows);
      metrics.deadIndexed.inc({ letters_of: place.service }, rows.length);
      rows = [];
    };
    const range = { topic, partition, fromOffset: from, toOffset: stable };
    for await (const record of reader.read({ ...range, isolation: 'read_committed' })) {
      rows.push(letterRow(place, record, context.stream, context.isClosed, clock.nowMs()));
      next = record.offset + 1;
      taken += 1;
      if (rows.length >= INSERT_ROWS) await flush();
      if (taken >= ROUND_ROWS || signal.aborted) break;
    }
    await flush();
    return taken >= ROUND_ROWS || signal.aborted ? next : stable;
  };

  return {
    name: 'dead-letters',
    everyMs: config.deadIntervalMs,
    round: async (signal) => {
      reached ??= await begin();
      for (const place of await placesOf()) {
        const from = reached.get(keyOf(place)) ?? 0;
        if (from >= place.stable) continue;
        try {
          reached.set(keyOf(place), await readOn(place, from, signal));
        } catch (error) {
          // deleted between two requests: the next round sees what is there now
          if (!isAbsent(error)) throw error;
        }
      }
    },
  };
};

/** Fields of contracts that not everybody may read, and contracts by their topic. */
export const knownStreams = (
  contracts: readonly Contract[],
  mayRead: (
    classification: NonNullable<Contract['warehouse']>['columns'][number]['classification'],
  ) => boolean,
): Pick<IndexContext, 'stream' | 'isClosed'> => {
  const byTopic = new Map(contracts.map((contract) => [contract.topic.name, contract]));
  const closed = new Map(
    contracts.map(({ id, warehouse }) => [
      id,
      new Set(
        (warehouse?.columns ?? [])
          .filter(({ classification }) => !mayRead(classification))
          .map(({ name }) => name),
      ),
    ]),
  );
  return {
    stream: (topic) => byTopic.get(topic),
    isClosed: (contract, field) => closed.get(contract)?.has(field) === true,
  };
};
