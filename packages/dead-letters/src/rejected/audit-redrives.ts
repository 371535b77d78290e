/** Tells what was sent again, in `millrace.redriven_events`: who, when, with which repair, and what became of it. */
import { randomUUID } from 'node:crypto';
import { compileWriter, createRegistryClient, frame } from '@millrace/avro';
import { type Contract, MillraceError, redrivenEventsId, valueSubject } from '@millrace/contracts';
import { createProducer, type KafkaConnection, partitionForKey } from '@millrace/kafka';
import type { RejectedEvent } from './rejected-rows.ts';
import type { Fate } from './send-again.ts';

export interface RedriveAudit {
  /** Resolves when Kafka has them. */
  write(redriven: readonly (Fate & { readonly event: RejectedEvent })[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * @param repair JSON of what was changed before, null when nothing was
 * @param by who asked. Throws `ingest.rejected-absent`
 */
export const openRedriveAudit = async (
  connection: KafkaConnection,
  registryUrl: string,
  contracts: readonly Contract[],
  repair: string | null,
  by: string,
): Promise<RedriveAudit> => {
  const contract = contracts.find(({ id }) => id === redrivenEventsId);
  if (contract === undefined)
    throw new MillraceError(
      'ingest.rejected-absent',
      'no stream of the project keeps what it rejects',
    );
  const topic = contract.topic.name;
  const registry = createRegistryClient({ url: registryUrl });
  const { id } = await registry.register(valueSubject(topic), contract.schemaText);
  const write = compileWriter(contract.schemaText);
  const producer = createProducer(connection);
  return {
    write: async (redriven) => {
      const partitions = await producer.partitionCount(topic);
      const batches = redriven.map(({ event, outcome, code }) => {
        const key = Buffer.from(event.rejectionId);
        const value = write({
          redrive_id: randomUUID(),
          rejection_id: event.rejectionId,
          stream: event.stream,
          redriven_at: Date.now(),
          ...{ outcome, code, repair },
          redriven_by: by,
        });
        const partition = partitionForKey(key, partitions);
        return { topic, partition, records: [{ key, value: frame(id, value) }] };
      });
      await producer.send(batches);
    },
    close: () => producer.close(),
  };
};
