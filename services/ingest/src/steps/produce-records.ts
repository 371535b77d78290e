/** Step: to Kafka, and back with the fate of each write. Retrying is the producer’s. */
import { type ErrorCode, MillraceError } from '@millrace/contracts';
import type { Clock, Logger } from '@millrace/pipeline';
import { createDeadlineQueue, Deadline, type DeadlineQueue } from '../deadline-queue.ts';
import type { Delivery } from '../event-request.ts';
import type { EventOutputs } from '../outputs.ts';
import type { PartitionWrite } from '../partition-writes.ts';
import type { Taken } from '../spool/stream-outlet.ts';
import type { Stream } from '../stream.ts';

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

export interface ProduceRecordsOptions {
  readonly outputs: EventOutputs;
  readonly acknowledgeTimeoutMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Hands each partition's records to Kafka and answers when their fate is known or the time is up. The window
 * learns a fate whenever it comes, so a repeat of an event that was given up on still finds out.
 */
export const createProduceRecordsStep = (options: ProduceRecordsOptions) => {
  const deadlines = createDeadlineQueue(options.acknowledgeTimeoutMs, options.clock);
  return function produceRecords({ request, writes }: Delivery): Promise<ProduceReport> {
    if (writes.all.length === 0) return nothingProduced;
    return new Promise((resolve, reject) => {
      new OpenDelivery(options, deadlines, request.stream, writes.all, resolve, reject).begin();
    });
  };
};

/**
 * A delivery whose writes are on their way, and their deadline. A class and callbacks, since one is made for each request, and of
 * closures and promises there would be a dozen. Most have one write, and it succeeds: what is not needed for that is made when it is.
 */
class OpenDelivery extends Deadline {
  readonly #options: ProduceRecordsOptions;
  readonly #deadlines: DeadlineQueue;
  readonly #stream: Stream;
  readonly #writes: readonly PartitionWrite[];
  readonly #resolve: (report: ProduceReport) => void;
  readonly #reject: (error: unknown) => void;
  /** Writes that are not settled, and those that are, where there are several. */
  #open: number;
  #known: Set<PartitionWrite> | undefined;
  #failures: Map<PartitionWrite, WriteFailure> | undefined;
  #spooled: Set<PartitionWrite> | undefined;
  /** What the producer may still hold of records that are on the disk. */
  #held: Promise<unknown>[] | undefined;
  /** From the answer on what comes is for the window alone. */
  #isAnswered = false;
  #allKnown: PromiseWithResolvers<void> | undefined;

  constructor(
    options: ProduceRecordsOptions,
    deadlines: DeadlineQueue,
    stream: Stream,
    writes: readonly PartitionWrite[],
    resolve: (report: ProduceReport) => void,
    reject: (error: unknown) => void,
  ) {
    super();
    this.#options = options;
    this.#deadlines = deadlines;
    this.#stream = stream;
    this.#writes = writes;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#open = writes.length;
  }

  begin(): void {
    const { outputs } = this.#options;
    this.#deadlines.open(this);
    for (const write of this.#writes)
      if (write.records.length === 0) this.#wrote(write, undefined);
      else
        outputs.append(this.#stream.topic, write.partition, write.records).then(
          (taken) => this.#wrote(write, taken),
          (error: unknown) => this.#failed(write, error),
        );
  }

  expired(): void {
    this.#answer();
  }

  #wrote(write: PartitionWrite, taken: Taken | undefined): void {
    if (taken?.way === 'spool') {
      this.#held ??= [];
      this.#held.push(taken.settled);
      this.#spooled ??= new Set();
      if (!this.#isAnswered) this.#spooled.add(write);
    }
    this.#stream.window.succeed(write.pending);
    this.#settle(write);
  }

  #failed(write: PartitionWrite, error: unknown): void {
    const { outputs, logger } = this.#options;
    if (isOutcomeUnknown(error)) outputs.settleLater(this.#stream, write.pending);
    else this.#stream.window.fail(write.pending);
    if (error instanceof MillraceError) {
      const failure = explain(error, logger, this.#stream.topic);
      if (!this.#isAnswered) this.#fail(write, failure);
    } else this.#reject(error);
    this.#settle(write);
  }

  #settle(write: PartitionWrite): void {
    this.#open -= 1;
    if (this.#open > 0) {
      this.#known ??= new Set();
      this.#known.add(write);
      return;
    }
    this.#deadlines.close(this);
    this.#allKnown?.resolve();
    if (!this.#isAnswered) this.#answer();
  }

  #fail(write: PartitionWrite, failure: WriteFailure): void {
    this.#failures ??= new Map();
    this.#failures.set(write, failure);
  }

  #answer(): void {
    this.#isAnswered = true;
    if (this.#open > 0)
      for (const write of this.#writes)
        if (this.#known?.has(write) !== true) this.#fail(write, notInTime);
    const failures = this.#failures ?? noFailures;
    const spooled = this.#spooled ?? nothingSpooled;
    this.#resolve({ failures, spooled, settled: this.#settled() });
  }

  /** Undefined when Kafka has settled all of it by now. */
  #settled(): Promise<void> | undefined {
    if (this.#open === 0) return this.#held && Promise.all(this.#held).then(() => undefined);
    this.#allKnown = Promise.withResolvers();
    return this.#allKnown.promise.then(() => Promise.all(this.#held ?? [])).then(() => undefined);
  }
}

const noFailures: ReadonlyMap<PartitionWrite, WriteFailure> = new Map();
const nothingSpooled: ReadonlySet<PartitionWrite> = new Set();

/** Of a delivery that is all repeats and rejects. */
const nothingProduced = Promise.resolve<ProduceReport>({
  failures: noFailures,
  spooled: nothingSpooled,
});

const notInTime: WriteFailure = {
  code: 'ingest.kafka-unavailable',
  message: 'Kafka did not acknowledge the event in time.',
};

const spoolCodes: ReadonlySet<string> = new Set(['ingest.spool-full', 'ingest.spool-failed']);

const isOutcomeUnknown = (error: unknown): boolean =>
  error instanceof MillraceError && error.code === 'kafka.write-outcome-unknown';

/** A failure that passes is the sender's to wait out; any other needs a person, so it is logged. */
const explain = (error: MillraceError, logger: Logger, topic: string): WriteFailure => {
  if (spoolCodes.has(error.code)) {
    if (error.code === 'ingest.spool-failed') logger.error({ err: error, topic }, 'spool failed');
    return { code: error.code, message: `Kafka is away, and ${error.message}.` };
  }
  if (error.retryable) return notInTime;
  logger.error({ err: error, topic }, 'Kafka refuses records');
  return { code: 'ingest.kafka-refused', message: `Kafka refused the event: ${error.code}.` };
};
