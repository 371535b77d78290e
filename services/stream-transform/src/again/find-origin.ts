/** The record that a letter is of, where it still stands on its topic, or why it is not to go through its transform again. */
import { deadLetterHeaders, transformHeaders } from '@millrace/contracts';
import { type ConsumedRecord, type PartitionReader, recordAt } from '@millrace/kafka';
import { deadLetterTopic } from '../outputs.ts';
import type { LetterPlace } from './parse-places.ts';

export interface Origin {
  readonly topic: string;
  readonly partition: number;
  readonly record: ConsumedRecord;
}

export interface NotSent {
  readonly why: string;
}

const isSame = (one: Buffer | null, other: Buffer | null): boolean =>
  one === null || other === null ? one === other : one.equals(other);

const countOf = (bytes: Buffer | undefined): number | undefined => {
  const text = String(bytes);
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
};

/** Rejects as a reading of Kafka does. */
export const findOrigin = async (
  reader: Pick<PartitionReader, 'read'>,
  transform: string,
  place: LetterPlace,
): Promise<Origin | NotSent> => {
  const letter = await recordAt(reader.read, deadLetterTopic, place.partition, place.offset);
  if (letter === undefined) return { why: 'Kafka holds the letter no more' };
  const { headers, key, value } = letter;
  const of = (name: string) => headers[name] as Buffer | undefined;
  if (String(of(deadLetterHeaders.stage)) !== `stream-transform ${transform}`)
    return { why: `it is no letter of a record that ${transform} read` };
  // of one without it an older version did not know
  if (String(of(transformHeaders.whole)) !== 'true')
    return { why: 'other results of its record may stand on their topics' };
  const topic = String(of(deadLetterHeaders.topic));
  const partition = countOf(of(deadLetterHeaders.partition));
  const offset = countOf(of(deadLetterHeaders.offset));
  if (partition === undefined || offset === undefined)
    return { why: 'where its record came from is not known' };
  const record = await recordAt(reader.read, topic, partition, offset);
  if (record === undefined) return { why: 'Kafka holds its record no more' };
  if (!isSame(record.key, key) || !isSame(record.value, value))
    return { why: 'another record stands in its place: the topic was made anew' };
  return { topic, partition, record };
};
