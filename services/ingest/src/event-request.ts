import type { JsonProblem } from '@millrace/avro';
import type { ErrorCode } from '@millrace/contracts';
import type { OutgoingRecord } from '@millrace/kafka';
import type { Stream } from './stream.ts';
import type { PendingWrite } from './window/event-window.ts';

/**
 * A request for events on its way through the door, and what becomes of each event in it. HTTP stays in
 * http/; the steps see only this.
 */
export interface EventRequest {
  readonly stream: Stream;
  readonly format: 'json' | 'ndjson';
  readonly body: Buffer;
  readonly attributes: EventAttributes;
  /** When the request came, ms since 1970 UTC. */
  readonly receivedMs: number;
}

/** What the request's headers say of its events. */
export interface EventAttributes {
  /** `ce-id`, for a request with a single event. */
  readonly id?: string;
  readonly source?: string;
  readonly type?: string;
  readonly time?: string;
  /** `idempotency-key`: with it, events without an id of their own get `<key>/<index>`. */
  readonly idempotencyKey?: string;
}

/** The events of a body: values that were JSON, and why others were not, by index. */
export interface ParsedBody {
  readonly values: readonly unknown[];
  readonly unreadable: ReadonlyMap<number, string>;
}

/** One event as it enters the steps. */
export interface IncomingEvent {
  readonly index: number;
  readonly value: unknown;
  readonly delivery: Delivery;
}

/** What the events of one request share: where they go and what became of them. */
export interface Delivery {
  readonly request: EventRequest;
  readonly single: boolean;
  /** The request's events that are new, by partition. */
  readonly writes: Map<number, PartitionWrite>;
  /** Fates that wait for another write: repeats of events that are still on their way. */
  readonly repeats: Map<number, PendingWrite>;
  /** Partition of events without a key. */
  readonly stickyPartition: number;
  readonly partitions: number;
  /** The headers that all its records share. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface PartitionWrite {
  readonly partition: number;
  readonly pending: PendingWrite;
  readonly records: OutgoingRecord[];
  /** Index in the request of each record. */
  readonly indexes: number[];
}

/** What became of one event; the answer is made of these. */
export type EventFate =
  | {
      readonly status: 'accepted';
      readonly duplicate?: true;
      /** Kafka is away; the event is on the disk of the door. */
      readonly spooled?: true;
    }
  | {
      readonly status: 'rejected';
      readonly code: ErrorCode;
      readonly message: string;
      readonly problems?: readonly JsonProblem[];
    };

/** The whole request was refused before any event of it was looked at. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
}
