/**
 * Whether every accepted event is on its topic, once: read from where the topic ended before the load, one byte of
 * memory an event. What was sent and accepted is the sender's to tell (load.ts).
 */
import { cloudEventHeaders } from '@millrace/contracts';
import { createAdmin, type KafkaConnection, readPartition } from '@millrace/kafka';
import type { LoadReport } from './load-spec.ts';

export interface AuditedTopic {
  readonly connection: KafkaConnection;
  readonly topic: string;
}

/** Where the topic ends now: what is read later begins there. Offset by partition. */
export const endsOf = async ({
  connection,
  topic,
}: AuditedTopic): Promise<ReadonlyMap<number, number>> => {
  const admin = createAdmin(connection);
  const offsets = await admin.partitionOffsets(topic);
  await admin.close();
  return new Map(offsets.map(({ partition, high }) => [partition, high]));
};

/**
 * Events of accepted requests that are not there, and events that are there more than once.
 * @param report of a load that tells what was accepted; its ids are `<prefix>-<number>`
 */
export const auditAccepted = async (
  { connection, topic }: AuditedTopic,
  from: ReadonlyMap<number, number>,
  report: Pick<LoadReport, 'accepted'> & { readonly prefix: string },
  eventsPerRequest: number,
): Promise<{ readonly accepted: number; readonly missing: number; readonly twice: number }> => {
  let times = new Uint8Array(1 << 20);
  let twice = 0;
  for (const [partition, fromOffset] of from) {
    const reading = { topic, partition, fromOffset, isolation: 'read_committed' } as const;
    for await (const { headers } of readPartition(connection, reading)) {
      const [prefix, digits] = String(headers[cloudEventHeaders.id]).split('-');
      if (prefix !== report.prefix) continue;
      const number = Number(digits);
      if (number >= times.length) {
        const grown = new Uint8Array(2 ** Math.ceil(Math.log2(number + 1)));
        grown.set(times);
        times = grown;
      }
      if (times[number] === 0) times[number] = 1;
      else twice += 1;
    }
  }
  let accepted = 0;
  let missing = 0;
  for (const request of report.accepted ?? [])
    for (let index = 0; index < eventsPerRequest; index += 1) {
      accepted += 1;
      if (times[request * eventsPerRequest + index] !== 1) missing += 1;
    }
  return { accepted, missing, twice };
};
