/**
 * Where rejected events are kept: `millrace.rejected_events`, on Kafka with acks=all before the sender is answered, and
 * by the sink in ClickHouse. A sender of nothing but garbage gets a share and no more: what comes beyond it is told as
 * not kept. Choosing what is kept is steps/quarantine-rejects.ts.
 */
import { compileWriter, frame, type RegistryClient } from '@millrace/avro';
import { type Contract, MillraceError, rejectedEventsId, valueSubject } from '@millrace/contracts';
import { type Admin, type OutgoingRecord, partitionForKey } from '@millrace/kafka';
import type { Clock, Logger } from '@millrace/pipeline';
import type { EventRequest } from '../event-request.ts';
import type { IngestMetrics } from '../metrics.ts';
import type { EventOutputs } from '../outputs.ts';
import { type ByteRate, createByteRate } from './byte-rate.ts';
import { type Rejection, rejectionRecord } from './rejection.ts';

export interface Quarantine {
  /** Resolves when Kafka has them: for each whether it is kept. Never rejects for Kafka's sake. */
  keep(request: EventRequest, rejections: readonly Rejection[]): Promise<readonly boolean[]>;
}

export interface QuarantineOptions {
  readonly admin: Admin;
  readonly registry: RegistryClient;
  readonly outputs: Pick<EventOutputs, 'append'>;
  readonly quarantineBytesPerSecond: number;
  readonly quarantineEventBytesMax: number;
  readonly metrics: IngestMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What a record takes beside its content, about. */
const overheadBytes = 512;

/**
 * Undefined when no stream keeps what it rejects, and, with a warning, when topic or subject do not exist: they are made
 * by `millrace contracts apply`, and events are taken without them.
 */
export const openQuarantine = async (
  contracts: readonly Contract[],
  options: QuarantineOptions,
): Promise<Quarantine | undefined> => {
  const contract = contracts.find(({ id }) => id === rejectedEventsId);
  if (contract === undefined) return undefined;
  const { admin, registry, outputs, metrics, clock, logger } = options;
  const topic = contract.topic.name;
  const subject = valueSubject(topic);
  const [state] = await admin.describeTopics([topic]);
  if (state === undefined || (await registry.latest(subject)) === undefined) {
    logger.warn(
      { topic },
      'rejected events are not kept: run `millrace contracts apply`, then start the door again',
    );
    return undefined;
  }
  const { id: schemaId } = await registry.register(subject, contract.schemaText);
  const write = compileWriter(contract.schemaText);
  const rates = new Map<string, ByteRate>();
  const rateOf = (stream: string): ByteRate => {
    let rate = rates.get(stream);
    if (rate === undefined) {
      rate = createByteRate(options.quarantineBytesPerSecond, clock.nowMs);
      rates.set(stream, rate);
    }
    return rate;
  };

  return {
    keep: async (request, rejections) => {
      const { stream } = request;
      const rate = rateOf(stream.contract.id);
      const key = Buffer.from(stream.contract.id);
      const partition = partitionForKey(key, state.partitions);
      const records: OutgoingRecord[] = [];
      const kept = rejections.map((rejection) => {
        const { quarantineEventBytesMax: most } = options;
        if (!rate.take(Math.min(rejection.content.length, most) + overheadBytes)) return false;
        const value = frame(schemaId, write(rejectionRecord(request, rejection, most)));
        records.push({ key, value });
        return true;
      });
      const lost = kept.length - records.length;
      const count = { topic: stream.topic };
      if (lost > 0) metrics.quarantineLost.inc({ ...count, reason: 'rate' }, lost);
      if (records.length === 0) return kept;
      try {
        await outputs.append(topic, partition, records);
      } catch (error) {
        if (!(error instanceof MillraceError)) throw error;
        metrics.quarantineLost.inc({ ...count, reason: 'kafka' }, records.length);
        return kept.map(() => false);
      }
      metrics.quarantined.inc(count, records.length);
      return kept;
    },
  };
};
