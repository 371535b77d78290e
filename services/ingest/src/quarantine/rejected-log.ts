/** `millrace.rejected_events` as the cluster has it: the record and partition of a rejection. Writing it is its caller's. */
import { compileWriter, frame, type RegistryClient } from '@millrace/avro';
import { type Contract, rejectedEventsId, valueSubject } from '@millrace/contracts';
import { type Admin, type OutgoingRecord, partitionForKey } from '@millrace/kafka';
import { type Rejection, type RejectionOrigin, rejectionRecord } from './rejection.ts';

export interface RejectedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly record: OutgoingRecord;
}

export interface RejectedLog {
  readonly topic: string;
  recordOf(origin: RejectionOrigin, rejection: Rejection): RejectedRecord;
}

export interface RejectedLogOptions {
  readonly admin: Admin;
  readonly registry: RegistryClient;
  /** Bytes of the content that are kept; of a larger one the beginning. */
  readonly quarantineEventBytesMax: number;
}

/** The contract; undefined where no stream of the project keeps what it rejects. */
export const rejectedContract = (contracts: readonly Contract[]): Contract | undefined =>
  contracts.find(({ id }) => id === rejectedEventsId);

/** Undefined when topic or subject do not exist: they are made by `millrace contracts apply`. */
export const openRejectedLog = async (
  contract: Contract,
  { admin, registry, quarantineEventBytesMax }: RejectedLogOptions,
): Promise<RejectedLog | undefined> => {
  const topic = contract.topic.name;
  const subject = valueSubject(topic);
  const [state] = await admin.describeTopics([topic]);
  if (state === undefined || (await registry.latest(subject)) === undefined) return undefined;
  const { id: schemaId } = await registry.register(subject, contract.schemaText);
  const write = compileWriter(contract.schemaText);
  return {
    topic,
    recordOf: (origin, rejection) => {
      // what is rejected of a stream stays in its order
      const key = Buffer.from(origin.stream.contract.id);
      const value = write(rejectionRecord(origin, rejection, quarantineEventBytesMax));
      return {
        topic,
        partition: partitionForKey(key, state.partitions),
        record: { key, value: frame(schemaId, value) },
      };
    },
  };
};
