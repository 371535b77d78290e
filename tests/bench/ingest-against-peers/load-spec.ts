/** What the sender is told, and what it tells: shared by load.ts and the bench that starts it. */

export interface LoadSpec {
  readonly url: string;
  readonly path: string;
  readonly mediaType: 'application/json' | 'application/x-ndjson';
  readonly eventsPerRequest: number;
  readonly connections: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
  /** Absent: each connection sends as soon as it was answered. Else requests are due at this rate, whoever is slow. */
  readonly requestsPerSecond?: number;
  /** Of the ids, so that no two runs share one; 4 characters. */
  readonly prefix: string;
  /** Told are the numbers of the requests that were answered with 202. */
  readonly tellsAccepted?: boolean;
}

export interface LoadReport {
  readonly requests: number;
  readonly acceptedRequests: number;
  readonly statuses: Readonly<Record<string, number>>;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly seconds: number;
  /**
   * The longest that the sender itself stood still: requests that were due meanwhile counted from then on, whoever was at
   * fault. A p99 that is not well above it says nothing of the server.
   */
  readonly senderStallMs: number;
  readonly accepted?: readonly number[];
}

export const idDigits = 10;

/** The id of an event: what the bench looks for on the topic. */
export const eventId = (prefix: string, number: number): string =>
  `${prefix}-${String(number).padStart(idDigits, '0')}`;
