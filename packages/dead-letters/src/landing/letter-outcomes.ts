/**
 * `_millrace.dead.transformed-again`: what came of each letter that went through its transform once more. `sent` is written in the transaction of
 * the results, so whoever finds it knows that they are there, and that the letter must not go through again.
 */
import { deadTransformedAgainTopic } from '@millrace/contracts';
import { type KafkaConnection, type OutgoingRecord, readPartition } from '@millrace/kafka';

export interface LetterOutcome {
  /** The redrive and its batch that asked. */
  readonly redrive: string;
  readonly outcome: 'sent' | 'refused-again' | 'not-sent';
  /** Of what is refused again. */
  readonly code: string;
  /** Why, of what is not sent or refused again; may quote the record. */
  readonly message: string;
}

/** A letter by its topic's incarnation and its place there. */
export const letterKey = (topicId: string, partition: number, offset: number): string =>
  `${topicId}/${partition}/${offset}`;

/** @param key `letterKey` of the letter */
export const outcomeRecord = (key: string, outcome: LetterOutcome): OutgoingRecord => ({
  key: Buffer.from(key),
  value: Buffer.from(JSON.stringify(outcome)),
});

/**
 * By `letterKey`: the newest of each letter, and `sent` for good. All transforms write here, and what one of them left open hides nothing: its
 * end is waited for, until the signal. Rejects as `readPartition` does, with `kafka.unknown-topic` when nothing ever went through again.
 */
export const readLetterOutcomes = async (
  connection: KafkaConnection,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, LetterOutcome>> => {
  const found = new Map<string, LetterOutcome>();
  const from = { topic: deadTransformedAgainTopic, partition: 0, fromOffset: 0 };
  const awaitOpen = signal === undefined ? {} : { signal };
  const records = readPartition(connection, { ...from, isolation: 'read_committed', awaitOpen });
  for await (const { key, value } of records) {
    const name = String(key);
    if (value === null || found.get(name)?.outcome === 'sent') continue;
    found.set(name, JSON.parse(value.toString('utf8')) as LetterOutcome);
  }
  return found;
};
