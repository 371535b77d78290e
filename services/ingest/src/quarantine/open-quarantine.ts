/**
 * Where rejected events are kept: `millrace.rejected_events`, on Kafka with acks=all before the sender is answered, and
 * by the sink in ClickHouse. A sender of nothing but garbage gets a share and no more: what comes beyond it is told as
 * not kept. Choosing what is kept is steps/quarantine-rejects.ts.
 */
import { type Contract, MillraceError } from '@millrace/contracts';
import type { Clock, Logger } from '@millrace/pipeline';
import type { EventRequest } from '../event-request.ts';
import type { IngestMetrics } from '../metrics.ts';
import type { EventOutputs } from '../outputs.ts';
import { type ByteRate, createByteRate } from './byte-rate.ts';
import {
  openRejectedLog,
  type RejectedLogOptions,
  type RejectedRecord,
  rejectedContract,
} from './rejected-log.ts';
import type { Rejection } from './rejection.ts';

export interface Quarantine {
  /** Resolves when Kafka has them: for each whether it is kept. Never rejects for Kafka's sake. */
  keep(request: EventRequest, rejections: readonly Rejection[]): Promise<readonly boolean[]>;
}

export interface QuarantineOptions extends RejectedLogOptions {
  readonly outputs: Pick<EventOutputs, 'append'>;
  readonly quarantineBytesPerSecond: number;
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
  const contract = rejectedContract(contracts);
  if (contract === undefined) return undefined;
  const { outputs, metrics, clock, logger } = options;
  const log = await openRejectedLog(contract, options);
  if (log === undefined) {
    logger.warn(
      { topic: contract.topic.name },
      'rejected events are not kept: run `millrace contracts apply`, then start the door again',
    );
    return undefined;
  }
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
      const records: RejectedRecord[] = [];
      const kept = rejections.map((rejection) => {
        const { quarantineEventBytesMax: most } = options;
        if (!rate.take(Math.min(rejection.content.length, most) + overheadBytes)) return false;
        records.push(log.recordOf(request, rejection));
        return true;
      });
      const lost = kept.length - records.length;
      const count = { topic: stream.topic };
      if (lost > 0) metrics.quarantineLost.inc({ ...count, reason: 'rate' }, lost);
      if (records.length === 0) return kept;
      try {
        const { partition } = records[0]!;
        await outputs.append(
          log.topic,
          partition,
          records.map(({ record }) => record),
        );
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
