import { MillraceError } from '@millrace/contracts';
import { type Clock, systemClock } from '@millrace/pipeline';
import type { Flight } from './datasets.ts';

/**
 * A producer as a customer would write it: NDJSON batches over HTTP, a few requests at once, a retry with
 * the same ids on 429 and 503. It counts only what the door has acknowledged.
 */
export interface SendOptions {
  /** Root of the ingest service, e.g. `http://127.0.0.1:8080`. */
  readonly ingestUrl: string;
  readonly flights: AsyncIterable<Flight>;
  readonly batchRecords: number;
  readonly concurrentRequests: number;
  /** Upper bound of the rate, events per second; as fast as the door takes them when absent. */
  readonly eventsPerSecond?: number;
  readonly onAccepted: (records: number) => void;
  readonly clock?: Clock;
}

/** What was acknowledged, with sums that the audit compares with ClickHouse. */
export interface SentTotals {
  readonly records: number;
  readonly delayMinutes: number;
  readonly distanceMiles: number;
  readonly elapsedMs: number;
}

const ATTEMPTS_MAX = 20;

/** Sends every flight; rejects with `demo.send-refused` when the door refuses one for good. */
export async function sendFlights(options: SendOptions): Promise<SentTotals> {
  const clock = options.clock ?? systemClock;
  const url = `${options.ingestUrl}/v1/events/flights/departed`;
  const startedMs = performance.now();
  const totals = { records: 0, delayMinutes: 0, distanceMiles: 0 };
  const inFlight = new Set<Promise<void>>();
  let taken = 0;

  const dispatch = async (batch: readonly Flight[]): Promise<void> => {
    await postBatch(url, batch, clock);
    totals.records += batch.length;
    for (const flight of batch) {
      totals.delayMinutes += flight.delay_minutes;
      totals.distanceMiles += flight.distance_miles;
    }
    options.onAccepted(batch.length);
  };

  for await (const batch of batches(options.flights, options.batchRecords)) {
    if (options.eventsPerSecond !== undefined) {
      const dueMs = startedMs + (taken / options.eventsPerSecond) * 1000;
      const waitMs = dueMs - performance.now();
      if (waitMs > 1) await clock.sleep(waitMs);
    }
    taken += batch.length;
    const request = dispatch(batch).finally(() => inFlight.delete(request));
    inFlight.add(request);
    if (inFlight.size >= options.concurrentRequests) await Promise.race(inFlight);
  }
  await Promise.all(inFlight);
  return { ...totals, elapsedMs: performance.now() - startedMs };
}

async function* batches(flights: AsyncIterable<Flight>, size: number): AsyncIterable<Flight[]> {
  let batch: Flight[] = [];
  for await (const flight of flights) {
    batch.push(flight);
    if (batch.length === size) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

async function postBatch(url: string, batch: readonly Flight[], clock: Clock): Promise<void> {
  const body = batch.map((flight) => JSON.stringify(flight)).join('\n');
  for (let attempt = 1; ; attempt += 1) {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body,
    });
    const text = await answer.text();
    if (answer.status === 202) return;
    const retryable = answer.status === 429 || answer.status === 503;
    if (!retryable || attempt === ATTEMPTS_MAX) {
      throw new MillraceError(
        'demo.send-refused',
        `POST ${url} answered ${answer.status}: ${text.slice(0, 400)}`,
        { retryable },
      );
    }
    await clock.sleep(Number(answer.headers.get('retry-after') ?? 1) * 1000);
  }
}
