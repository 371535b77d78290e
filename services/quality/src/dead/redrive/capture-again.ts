/**
 * Letters of a capture: the rows are read again as they are now, by a signal, and flow to all readers like every row of a snapshot. The change itself is not
 * sent: it would come behind newer ones of its row. A blocked key is let go by it.
 */
import { compileReader, FRAME_HEADER_BYTES, frameSchemaId } from '@millrace/avro';
import { changeTopicPrefix, MillraceError } from '@millrace/contracts';
import type { ConsumedRecord, OutgoingRecord } from '@millrace/kafka';
import type { PartContext } from '../../part.ts';
import { parseLetterId, readLetter } from '../letter-content.ts';
import { changedRow } from '../letter-row.ts';
import type { IndexedLetter } from '../read-letters.ts';
import { type LetterFate, type LetterFates, notSent } from './letter-fate.ts';

type CaptureContext = Pick<PartContext, 'connection' | 'project' | 'registry'>;

interface RowPlace {
  readonly source: string;
  /** `schema.table` */
  readonly table: string;
  /** SQL that is true for the row. */
  readonly filter: string;
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** By contract, else by the topic's own name. */
const tableOf = ({ project }: CaptureContext, topic: string) => {
  const source = project.contracts.find((one) => one.topic.name === topic)?.source;
  if (source?.kind === 'change')
    return { source: source.source, table: `${source.schema}.${source.table}` };
  const match = /^changes\.([^.]+)\.([^.]+)\.([^.]+)$/.exec(topic);
  return match === null ? undefined : { source: match[1]!, table: `${match[2]}.${match[3]}` };
};

/** Names of the key's columns by its schema, values as PostgreSQL's text by the row that is told beside it. */
export const rowFilter = (
  keyColumns: readonly string[],
  row: Readonly<Record<string, unknown>>,
): string | undefined => {
  const conditions = keyColumns.map((name) => {
    const value = row[name];
    const isWhole =
      typeof value === 'string' && !/… \(\d+ bytes\)$/.test(value) && value !== '(hidden)';
    return isWhole ? `${quoted(name)} = ${literal(value)}` : undefined;
  });
  return conditions.length === 0 || conditions.includes(undefined)
    ? undefined
    : `(${conditions.join(' AND ')})`;
};

const keyColumnsOf = async (
  { registry }: CaptureContext,
  { key }: ConsumedRecord,
): Promise<readonly string[]> => {
  const schemaId = key === null ? undefined : frameSchemaId(key);
  if (key === null || schemaId === undefined) return [];
  try {
    const { schemaText } = await registry.schemaById(schemaId);
    return Object.keys(compileReader(schemaText)(key.subarray(FRAME_HEADER_BYTES)) as object);
  } catch (error) {
    if (error instanceof MillraceError && !error.retryable) return [];
    throw error;
  }
};

const judge = async (
  context: CaptureContext,
  { id, topic }: IndexedLetter,
): Promise<RowPlace | LetterFate> => {
  const record = await readLetter(context.connection, parseLetterId(id)!);
  if (record === undefined) return notSent('Kafka holds the letter no more');
  const table = tableOf(context, topic);
  if (table === undefined) return notSent('its topic is that of no captured table');
  const row = changedRow(record.headers);
  const filter = row && rowFilter(await keyColumnsOf(context, record), row);
  return filter === undefined
    ? notSent('its row has no key that can be told')
    : { ...table, filter };
};

export interface Signals {
  readonly fates: LetterFates;
  /** For the signal topic, one a table. */
  readonly records: readonly OutgoingRecord[];
}

/** @param batch names the signals: the same for each try */
export const signalsFor = async (
  context: CaptureContext,
  letters: readonly IndexedLetter[],
  batch: string,
): Promise<Signals> => {
  const fates = new Map<string, LetterFate>();
  const places: RowPlace[] = [];
  for (const letter of letters) {
    const judged = await judge(context, letter);
    if ('kind' in judged) fates.set(letter.id, judged);
    else {
      fates.set(letter.id, { kind: 'sent' });
      places.push(judged);
    }
  }
  const byTable = Map.groupBy(places, ({ source, table }) => `${source} ${table}`);
  const records = [...byTable.values()].map((rows, index) => {
    const { source, table } = rows[0]!;
    const filter = [...new Set(rows.map((one) => one.filter))].join(' OR ');
    const data = {
      'data-collections': [table],
      'additional-conditions': [{ 'data-collection': table, filter }],
    };
    const signal = { id: `redrive-${batch}-${index}`, type: 'execute-snapshot', data };
    return {
      key: Buffer.from(changeTopicPrefix(source)),
      value: Buffer.from(JSON.stringify(signal)),
    };
  });
  return { fates, records };
};
