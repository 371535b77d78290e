/**
 * The results that a contestant has written, read committed. Results of windows are updates and their order is only kept
 * within a partition, so of several the furthest counts: the most bids, the highest price.
 */
import {
  compileRecordReader,
  createRegistryClient,
  FRAME_HEADER_BYTES,
  frameSchemaId,
  type RecordReader,
} from '@millrace/avro';
import { readPartition } from '@millrace/kafka';
import type { Query } from './contestant.ts';
import { type Results, sumsOf } from './reference.ts';
import { connectionOf, type World } from './world.ts';

/** The fields that the queries' results have, each of some of them. */
interface Row {
  readonly [name: string]: number | string | undefined;
  readonly id?: number;
  readonly auction?: number;
  readonly bidder?: number;
  readonly price?: number;
  readonly bids?: number;
  readonly url?: string;
  readonly extra?: string;
}

interface Fold {
  add(type: string, row: Row): void;
  results(): Results;
}

/** Keeps the furthest value of each name; `isFurther` compares a new one with the one so far. */
const furthest = (
  nameOf: (row: Row) => string,
  readValue: (row: Row) => readonly number[],
  isFurther: (value: readonly number[], soFar: readonly number[]) => boolean,
): Fold => {
  const values = new Map<string, readonly number[]>();
  return {
    add: (_type, row) => {
      const [name, value] = [nameOf(row), readValue(row)];
      const soFar = values.get(name);
      if (soFar === undefined || isFurther(value, soFar)) values.set(name, value);
    },
    results: () => new Map([...values].map(([name, value]) => [name, value.join(' ')])),
  };
};

const textsOf = ({ url, extra }: Row): number => (url ?? '').length + (extra ?? '').length;

const everyRecord = (): Fold => {
  const { add, results } = sumsOf();
  return {
    add: (type, row) => {
      const { id, auction, bidder, price } = row;
      const kind = type.replace('passed_', '');
      if (type === 'auction_price') add('price', { auction: auction!, price: price! });
      else if (kind.startsWith('bid')) {
        const numbers = { auction: auction!, bidder: bidder!, price: price! };
        add('bid', { ...numbers, texts: textsOf(row) });
      } else add(kind, { id: id!, texts: textsOf(row) });
    },
    results,
  };
};

const times = (): Fold => {
  const counts = new Map<string, number>();
  return {
    add: (_type, { person, auction }) => {
      const name = `${person} ${auction}`;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    },
    results: () => new Map([...counts].map(([name, count]) => [name, String(count)])),
  };
};

const folds: Readonly<Record<Query, () => Fold>> = {
  q0: everyRecord,
  q1: everyRecord,
  q2: everyRecord,
  q5: () =>
    furthest(
      ({ window_start: start }) => String(start),
      ({ auction, bids }) => [auction!, bids!],
      ([auction, bids], [soFar, most]) => bids! > most! || (bids === most && auction! < soFar!),
    ),
  q7: () =>
    furthest(
      ({ window_start: start }) => String(start),
      ({ price }) => [price!],
      ([price], [highest]) => price! > highest!,
    ),
  q8: times,
  q11: () =>
    furthest(
      ({ bidder, session_start: start, session_end: end }) => `${bidder} ${start} ${end}`,
      ({ bids }) => [bids!],
      ([bids], [most]) => bids! > most!,
    ),
};

/** Reads the output topics of a run and folds what is in them. */
export const writtenResults = async (
  query: Query,
  world: World,
  outputs: readonly string[],
): Promise<Results> => {
  const registry = createRegistryClient({ url: world.endpoints.registryUrl });
  const readers = new Map<number, { type: string; read: RecordReader<Row> }>();
  const readerOf = async (schemaId: number) => {
    const known = readers.get(schemaId);
    if (known !== undefined) return known;
    const { schemaText } = await registry.schemaById(schemaId);
    const type = (JSON.parse(schemaText) as { name: string }).name;
    const reader = { type, read: compileRecordReader<Row>(schemaText) };
    readers.set(schemaId, reader);
    return reader;
  };
  const fold = folds[query]();
  for (const topic of outputs) {
    for (const { partition } of await world.admin.partitionOffsets(topic)) {
      const span = { topic, partition, fromOffset: 0, isolation: 'read_committed' as const };
      for await (const { value } of readPartition(connectionOf(world.endpoints), span)) {
        if (value === null) continue;
        const { type, read } = await readerOf(frameSchemaId(value) ?? -1);
        fold.add(type, read(value, FRAME_HEADER_BYTES, value.length));
      }
    }
  }
  return fold.results();
};
