/** Step: to Kafka, and back with the fate of each write. Retrying is the producer’s. */
import { type ErrorCode, MillraceError } from '@millrace/contracts';
import type { Clock, Logger } from '@millrace/pipeline';
import { createDeadlineQueue } from '../deadline-queue.ts';
import type { Delivery, PartitionWrite } from '../event-request.ts';
import type { EventOutputs } from '../outputs.ts';

/** Why a write did not reach Kafka, told to the sender. */
export interface WriteFailure {
  readonly code: ErrorCode;
  readonly message: string;
}

/** What is known of a delivery when the sender must be answered. */
export interface ProduceReport {
  /** The writes that are not acknowledged, and why; empty when all are. */
  readonly failures: ReadonlyMap<PartitionWrite, WriteFailure>;
  /** The writes that are on the disk and will be on Kafka. */
  readonly spooled: ReadonlySet<PartitionWrite>;
  /** Resolves when Kafka has settled every write, which is after the sender was answered; absent when it has by now. */
  readonly settled?: Promise<void> | undefined;
}

/**
 * Hands each partition's records to Kafka and answers when their fate is known or the time is up. The window
 * learns a fate whenever it comes, so a repeat of an event that was given up on still finds out.
 */
export const createProduceRecordsStep = (options: {
  readonly outputs: EventOutputs;
  readonly acknowledgeTimeoutMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}) => {
  const { outputs, clock, logger, acknowledgeTimeoutMs } = options;
  const deadlines = createDeadlineQueue(acknowledgeTimeoutMs, clock);
  return async function produceRecords(delivery: Delivery): Promise<ProduceReport> {
    const { stream } = delivery.request;
    const writes = [...delivery.writes.values()];
    // Most requests have one write, and it succeeds: what is not needed for that is made when it is.
    const known: PartitionWrite[] = [];
    let failures: Map<PartitionWrite, WriteFailure> | undefined;
    let spooled: Set<PartitionWrite> | undefined;
    let held: Promise<unknown>[] | undefined;
    /** From then on what comes is for the window alone. */
    let isAnswered = false;
    const fail = (write: PartitionWrite, failure: WriteFailure) => {
      failures ??= new Map();
      failures.set(write, failure);
    };
    const produce = async (write: PartitionWrite): Promise<void> => {
      try {
        if (write.records.length > 0) {
          const taken = await outputs.append(stream.topic, write.partition, write.records);
          if (taken?.way === 'spool') {
            held ??= [];
            held.push(taken.settled);
            spooled ??= new Set();
            if (!isAnswered) spooled.add(write);
          }
        }
        stream.window.succeed(write.pending);
      } catch (error) {
        if (isOutcomeUnknown(error)) outputs.settleLater(stream, write.pending);
        else stream.window.fail(write.pending);
        const failure = explain(error, logger, stream.topic);
        if (!isAnswered) fail(write, failure);
      }
      known.push(write);
    };
    const work = writes.length === 1 ? produce(writes[0]!) : Promise.all(writes.map(produce));
    await deadlines.within(work);
    isAnswered = true;
    const isAllKnown = known.length === writes.length;
    if (!isAllKnown) for (const write of writes) if (!known.includes(write)) fail(write, notInTime);
    const report = { failures: failures ?? noFailures, spooled: spooled ?? nothingSpooled };
    if (isAllKnown && held === undefined) return report;
    return { ...report, settled: work.then(() => Promise.all(held ?? [])).then(() => undefined) };
  };
};

const noFailures: ReadonlyMap<PartitionWrite, WriteFailure> = new Map();
const nothingSpooled: ReadonlySet<PartitionWrite> = new Set();

const notInTime: WriteFailure = {
  code: 'ingest.kafka-unavailable',
  message: 'Kafka did not acknowledge the event in time.',
};

const spoolCodes: ReadonlySet<string> = new Set(['ingest.spool-full', 'ingest.spool-failed']);

const isOutcomeUnknown = (error: unknown): boolean =>
  error instanceof MillraceError && error.code === 'kafka.write-outcome-unknown';

/** A failure that passes is the sender's to wait out; any other needs a person, so it is logged. */
const explain = (error: unknown, logger: Logger, topic: string): WriteFailure => {
  if (!(error instanceof MillraceError)) throw error;
  if (spoolCodes.has(error.code)) {
    if (error.code === 'ingest.spool-failed') logger.error({ err: error, topic }, 'spool failed');
    return { code: error.code, message: `Kafka is away, and ${error.message}.` };
  }
  if (error.retryable) return notInTime;
  logger.error({ err: error, topic }, 'Kafka refuses records');
  return { code: 'ingest.kafka-refused', message: `Kafka refused the event: ${error.code}.` };
};
