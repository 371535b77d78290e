/** How the results of two runs of a transform differ, key by key. */

import { compileReader } from '@millrace/avro';
import type { Contract } from '@millrace/contracts';
import { type KafkaConnection, readPartition } from '@millrace/kafka';

/** Of one output. */
export interface ResultDifferences {
  readonly live: TopicResults;
  readonly side: TopicResults;
  /** Results that both have alike. */
  readonly equal: number;
  readonly different: number;
  readonly onlyLive: number;
  readonly onlySide: number;
  /** The first of them, by key. */
  readonly first: readonly ResultDifference[];
}

export interface TopicResults {
  readonly topic: string;
  readonly records: number;
}

export interface ResultDifference {
  readonly key: string | null;
  /** Null: gone; undefined: never there. */
  readonly live: unknown;
  readonly side: unknown;
}

/** What a topic holds, by key in order; of records without one the value is the key. */
export interface Results {
  readonly topic: string;
  readonly records: number;
  readonly byKey: ReadonlyMap<string, readonly Result[]>;
}

interface Result {
  readonly key: string | null;
  /** Without the id of its schema, which is of a subject, and so of a topic; null: the row is gone. */
  readonly value: Buffer | null;
}

const FRAME_BYTES = 5;

/** Committed records, up to where the partitions end. All of them are held in memory. */
export const readResults = async (
  connection: KafkaConnection,
  topic: string,
  partitions: number,
): Promise<Results> => {
  const byKey = new Map<string, Result[]>();
  let records = 0;
  for (let partition = 0; partition < partitions; partition += 1) {
    const from = { topic, partition, fromOffset: 0, isolation: 'read_committed' } as const;
    for await (const { key: bytes, value: framed } of readPartition(connection, from)) {
      records += 1;
      const value = framed === null ? null : Buffer.from(framed.subarray(FRAME_BYTES));
      const key = bytes === null ? null : bytes.toString();
      const id = key === null ? `value ${value?.toString('latin1')}` : `key ${key}`;
      const known = byKey.get(id);
      if (known === undefined) byKey.set(id, [{ key, value }]);
      else known.push({ key, value });
    }
  }
  return { topic, records, byKey };
};

/**
 * Of a key with as many results in both they are compared one by one; of one that was told more often in one of them (what is
 * told of open windows depends on commits) the newest ones.
 *
 * @param count of the first differences that are shown
 */
export const compareResults = (
  live: Results,
  side: Results,
  contract: Pick<Contract, 'schemaText'>,
  count: number,
): ResultDifferences => {
  const read = compileReader(contract.schemaText);
  const shown = (one: Result | undefined) =>
    one === undefined ? undefined : one.value === null ? null : read(one.value);
  const counts = { equal: 0, different: 0, onlyLive: 0, onlySide: 0 };
  const first: ResultDifference[] = [];
  const compare = (was: Result | undefined, is: Result | undefined): void => {
    const kind = kindOf(was, is);
    counts[kind] += 1;
    if (kind === 'equal' || first.length >= count) return;
    first.push({ key: (was ?? is)!.key, live: shown(was), side: shown(is) });
  };
  for (const id of [...new Set([...live.byKey.keys(), ...side.byKey.keys()])].sort()) {
    const [was, is] = [live.byKey.get(id) ?? [], side.byKey.get(id) ?? []];
    if (was.length !== is.length) compare(was.at(-1), is.at(-1));
    else for (const [at, one] of was.entries()) compare(one, is[at]);
  }
  return {
    live: { topic: live.topic, records: live.records },
    side: { topic: side.topic, records: side.records },
    ...counts,
    first,
  };
};

const kindOf = (was: Result | undefined, is: Result | undefined) => {
  if (was === undefined) return 'onlySide';
  if (is === undefined) return 'onlyLive';
  const isEqual =
    was.value === null || is.value === null ? was.value === is.value : was.value.equals(is.value);
  return isEqual ? 'equal' : 'different';
};

/** For a person. */
export const differencesText = (one: ResultDifferences): string => {
  const { live, side, equal, different, onlyLive, onlySide, first } = one;
  const plain = (_name: string, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value;
  const show = (value: unknown) =>
    value === undefined ? 'nothing' : value === null ? 'gone' : JSON.stringify(value, plain);
  return [
    `${side.topic}: ${side.records} records, ${live.records} in ${live.topic}.`,
    `  ${equal} alike, ${different} different, ${onlyLive} only there, ${onlySide} only here.`,
    ...first.map(
      ({ key, live: was, side: is }) => `  ${key ?? 'without a key'}: ${show(was)} → ${show(is)}`,
    ),
  ].join('\n');
};
