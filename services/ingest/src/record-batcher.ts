/**
 * Gathers what many requests append to a partition while the batch before it is on its way to Kafka: one
 * promise a request and partition, none a record. A lone request waits for nobody; a thousand small ones
 * share a round trip. It neither retries nor bounds memory: the producer and http/ do.
 */
import type { OutgoingRecord, Producer } from '@millrace/kafka';
import { Line, Waiting } from './line.ts';

export interface RecordBatcher {
  /** Resolves when all replicas in sync hold the records; rejects as `Producer.send`. */
  append(topic: string, partition: number, records: readonly OutgoingRecord[]): Promise<void>;
  /**
   * Takes back what waits for a batch on its way and has not been given to the producer. The promises of these
   * appends are returned, and reject; nobody but the caller gets them.
   */
  withdraw(topic: string): ReadonlySet<Promise<void>>;
  /** The offset behind the last record that was acknowledged to this process; undefined before the first. */
  endOf(topic: string, partition: number): number | undefined;
  /** Resolves when nothing waits or is on its way. */
  idle(): Promise<void>;
  /** How long the oldest batch on its way has been waiting, ms; 0 when none is. */
  oldestMs(): number;
}

export interface RecordBatcherOptions {
  /** A gathered batch of this size goes out without waiting for the one before it. */
  readonly batchRecordsMax: number;
  readonly nowMs: () => number;
  /** Told of each acknowledged batch. */
  readonly observe: (durationMs: number) => void;
}

interface PartitionState {
  readonly topic: string;
  readonly partition: number;
  open: Batch | undefined;
  inFlight: number;
  end: number | undefined;
}

/** From its first record to its outcome. */
class Batch extends Waiting {
  readonly records: OutgoingRecord[] = [];
  readonly outcome = Promise.withResolvers<void>();
  /** Undefined while it gathers. */
  sentAtMs: number | undefined = undefined;
}

export const createRecordBatcher = (
  producer: Pick<Producer, 'send'>,
  { batchRecordsMax, nowMs, observe }: RecordBatcherOptions,
): RecordBatcher => {
  /** By topic, then by partition: a name made of both for each request costs more than looking twice. */
  const topics = new Map<string, (PartitionState | undefined)[]>();
  const unsettled = new Line<Batch>();

  const stateOf = (topic: string, partition: number): PartitionState => {
    const partitions = topics.get(topic) ?? [];
    const known = partitions[partition];
    if (known !== undefined) return known;
    const state = { topic, partition, open: undefined, inFlight: 0, end: undefined };
    partitions[partition] = state;
    topics.set(topic, partitions);
    return state;
  };

  const send = async (state: PartitionState, batch: Batch): Promise<void> => {
    state.open = undefined;
    state.inFlight += 1;
    const startedMs = nowMs();
    batch.sentAtMs = startedMs;
    try {
      const { topic, partition } = state;
      const [produced] = await producer.send([{ topic, partition, records: batch.records }]);
      const last = produced?.parts.at(-1);
      if (last !== undefined) state.end = last.baseOffset + last.count;
      observe(nowMs() - startedMs);
      batch.outcome.resolve();
    } catch (error) {
      batch.outcome.reject(error);
    } finally {
      state.inFlight -= 1;
      unsettled.remove(batch);
      sendAfterTurn(state);
    }
  };

  /** What else this turn of the event loop brings goes along, also behind an acknowledgement: 28 requests a batch in place of 24. */
  const sendAfterTurn = (state: PartitionState): void => {
    const batch = state.open;
    if (batch === undefined || state.inFlight > 0) return;
    setImmediate(() => {
      if (state.open === batch && state.inFlight === 0) void send(state, batch);
    });
  };

  const openBatch = (state: PartitionState): Batch => {
    const batch = new Batch();
    state.open = batch;
    unsettled.add(batch);
    sendAfterTurn(state);
    return batch;
  };

  return {
    append: (topic, partition, records) => {
      const state = stateOf(topic, partition);
      const batch = state.open ?? openBatch(state);
      for (const record of records) batch.records.push(record);
      if (batch.records.length >= batchRecordsMax) void send(state, batch);
      return batch.outcome.promise;
    },
    withdraw: (topic) => {
      const withdrawn = new Set<Promise<void>>();
      for (const state of topics.get(topic) ?? []) {
        const batch = state?.open;
        if (state === undefined || batch === undefined) continue;
        state.open = undefined;
        withdrawn.add(batch.outcome.promise);
        unsettled.remove(batch);
        batch.outcome.reject(new Error('withdrawn'));
      }
      return withdrawn;
    },
    endOf: (topic, partition) => topics.get(topic)?.[partition]?.end,
    idle: async () => {
      while (unsettled.first !== undefined)
        await Promise.allSettled([...unsettled].map(({ outcome }) => outcome.promise));
    },
    oldestMs: () => {
      let oldestMs = Number.POSITIVE_INFINITY;
      for (const { sentAtMs } of unsettled)
        if (sentAtMs !== undefined) oldestMs = Math.min(oldestMs, sentAtMs);
      return oldestMs === Number.POSITIVE_INFINITY ? 0 : nowMs() - oldestMs;
    },
  };
};
