/**
 * Which records are dead letters already. A range that is landed again holds the records that were refused
 * the first time; without this each replay would write their letters once more.
 */
import { deadLetterHeaders } from '@millrace/contracts';
import { type Admin, type KafkaConnection, readPartition } from '@millrace/kafka';
import { deadLetterTopic } from '../outputs.ts';

/** True for a record that has a letter. */
export type KnownDead = (topic: string, partition: number, offset: number) => boolean;

/**
 * The letters of the topics, read whole: three numbers of each are kept. Other sinks write there too: what they left open is waited for, until the
 * signal, because it would hide letters of these topics.
 */
export async function readKnownDead(
  connection: KafkaConnection,
  admin: Pick<Admin, 'describeTopics'>,
  topics: readonly string[],
  signal: AbortSignal,
): Promise<KnownDead> {
  const known = new Set<string>();
  const [state] = await admin.describeTopics([deadLetterTopic]);
  for (let partition = 0; partition < (state?.partitions ?? 0); partition += 1) {
    const from = { topic: deadLetterTopic, partition, fromOffset: 0 };
    const committed = { ...from, isolation: 'read_committed', awaitOpen: { signal } } as const;
    const letters = readPartition(connection, committed);
    for await (const { headers } of letters) {
      const origin = headers[deadLetterHeaders.topic]?.toString() ?? '';
      if (!topics.includes(origin)) continue;
      const place = [deadLetterHeaders.partition, deadLetterHeaders.offset];
      known.add([origin, ...place.map((name) => headers[name]?.toString())].join('/'));
    }
  }
  return (topic, partition, offset) => known.has(`${topic}/${partition}/${offset}`);
}
