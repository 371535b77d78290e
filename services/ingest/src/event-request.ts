import type { JsonProblem } from '@millrace/avro';
import type { ErrorCode } from '@millrace/contracts';
import type { SharedHeaders } from '@millrace/kafka';
import type { Sender } from './access/sender.ts';
import type { PartitionWrites } from './partition-writes.ts';
import type { Stream } from './stream.ts';
import type { PendingWrite } from './window/event-window.ts';

/**
 * A request for events on its way through the door, and what becomes of each event in it. HTTP stays in
 * http/; the steps see only this.
 */
export interface EventRequest {
  readonly stream: Stream;
  readonly format: BodyFormat;
  readonly body: Buffer;
  /** What the body holds, when that is known already. */
  readonly parsed?: ParsedBody | undefined;
  /** The request is one CloudEvent in binary mode. */
  readonly cloudEvent?: boolean | undefined;
  readonly room?: RequestRoom | undefined;
  readonly attributes: EventAttributes;
  /** It will wait until its events are queryable, so it must know where they are. */
  readonly asksPlaces?: boolean;
  /** When the request came, ms since 1970 UTC. */
  readonly receivedMs: number;
  /** Who sent it; absent where nobody is asked. */
  readonly sender?: Sender | undefined;
}

/** What a request may take of the memory of all. */
export interface RequestRoom {
  /** Takes room for bytes that the body expands to, beside its own; false: there is none. */
  grow(bytes: number): boolean;
  /** Told how many events the body holds, once it is read. */
  events(count: number): void;
}

/** How a body is to be read. */
export type BodyFormat =
  | 'json'
  | 'ndjson'
  /** JSON or NDJSON that came as text, as from a browser's beacon. */
  | 'text'
  /** An object container file. */
  | 'avro-file'
  /** One datum in the Confluent wire format. */
  | 'avro-framed'
  /** One datum of the contract's own schema. */
  | 'avro-datum'
  | 'cloud-event'
  | 'cloud-events';

/** What is said of events beside their data: by the request's headers, or by a CloudEvent of itself. */
export interface EventAttributes {
  /** `ce-id`, for a request with a single event. */
  readonly id?: string;
  readonly source?: string;
  readonly type?: string;
  readonly time?: string;
  /** `idempotency-key`: with it, events without an id of their own get `<key>/<index>`. */
  readonly idempotencyKey?: string;
  /** CloudEvents' partitioning extension: the Kafka key where the contract has none. */
  readonly partitionKey?: string;
  /** `ce_*` headers beside the five that every record has. */
  readonly extensions?: Readonly<Record<string, string>>;
  /** `millrace-attempt`: how often it has been sent again after a rejection. */
  readonly attempt?: number;
}

/** The events of a body, and why others could not be read, by index. */
export interface ParsedBody {
  /** As JSON has them; of an event that came as Avro, the fields that identify and key it at least. */
  readonly values: readonly unknown[];
  readonly unreadable: ReadonlyMap<number, EventFault>;
  /** Events that came as Avro, framed, by index. */
  readonly datums?: readonly (Buffer | undefined)[];
  /** What each event says of itself; before that of the request. */
  readonly attributes?: readonly (EventAttributes | undefined)[];
  /** Index in the body of each event; absent: in the order of the body, none left out. */
  readonly positions?: readonly number[];
  /** Where an event's data stands in what was sent: before the paths of its problems. */
  readonly dataPath?: string;
}

/** Why one event of a body cannot be taken. */
export interface EventFault {
  readonly code: ErrorCode;
  readonly message: string;
  readonly problems?: readonly JsonProblem[];
}

/** One event as it enters the steps; each of them adds to it what it found. */
export interface IncomingEvent {
  readonly index: number;
  readonly value: unknown;
  readonly delivery: Delivery;
}

/** An event with room for all that the steps add, so that it is one object on its whole way and not one a step. */
export const incomingEvent = (index: number, value: unknown, delivery: Delivery): IncomingEvent => {
  const event = {
    index,
    value,
    delivery,
    datum: undefined,
    id: undefined,
    claim: undefined,
    idFrom: undefined,
    key: undefined,
    partition: -1,
    record: undefined,
  };
  return event;
};

/** What the events of one request share: where they go and what became of them. */
export interface Delivery {
  readonly request: EventRequest;
  readonly body: ParsedBody;
  readonly single: boolean;
  /** The request's events that are new, by partition. */
  readonly writes: PartitionWrites;
  /** Fates that wait for another write: repeats of events that are still on their way. */
  repeats: Map<number, PendingWrite> | undefined;
  /** Partition of events without a key. */
  readonly stickyPartition: number;
  readonly partitions: number;
  /** The headers that all its records share. */
  readonly headers: SharedHeaders;
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
      /** Whether it is kept in `millrace.rejected_events`; absent where that was not tried. */
      readonly quarantined?: boolean;
    };

/** The whole request was refused before any event of it was looked at. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
  /** As of an event that was rejected. */
  readonly quarantined?: boolean;
}
