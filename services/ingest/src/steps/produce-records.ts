import { type ErrorCode, MillraceError } from '@millrace/contracts';
import type { Logger } from '@millrace/pipeline';
import type { Delivery, PartitionWrite } from '../event-request.ts';
import type { EventOutputs } from '../outputs.ts';

/** Why a write did not reach Kafka, told to the sender. */
export interface WriteFailure {
  readonly code: ErrorCode;
  readonly message: string;
}

/**
 * Hands each partition's records to Kafka and answers when their fate is known: the failures by partition
 * write, none when all are acknowledged. The window learns each fate before the sender does.
 */
export const createProduceRecordsStep = (outputs: EventOutputs, logger: Logger) =>
  async function produceRecords(
    delivery: Delivery,
  ): Promise<ReadonlyMap<PartitionWrite, WriteFailure>> {
    const { stream } = delivery.request;
    const failures = new Map<PartitionWrite, WriteFailure>();
    const produce = async (write: PartitionWrite): Promise<void> => {
      try {
        if (write.records.length > 0)
          await outputs.append(stream.topic, write.partition, write.records);
        stream.window.succeed(write.pending);
      } catch (error) {
        if (isOutcomeUnknown(error)) outputs.settleLater(stream, write.pending);
        else stream.window.fail(write.pending);
        failures.set(write, explain(error, logger, stream.topic));
      }
    };
    await Promise.all([...delivery.writes.values()].map(produce));
    return failures;
  };

const isOutcomeUnknown = (error: unknown): boolean =>
  error instanceof MillraceError && error.code === 'kafka.write-outcome-unknown';

/** A failure that passes is the sender's to wait out; any other needs a person, so it is logged. */
const explain = (error: unknown, logger: Logger, topic: string): WriteFailure => {
  if (!(error instanceof MillraceError)) throw error;
  if (error.retryable)
    return {
      code: 'ingest.kafka-unavailable',
      message: 'Kafka did not acknowledge the event in time.',
    };
  logger.error({ err: error, topic }, 'Kafka refuses records');
  return { code: 'ingest.kafka-refused', message: `Kafka refused the event: ${error.code}.` };
};
