/**
 * What becomes of an event that was given to the client. Every end is a value: a promise of the client never
 * rejects, so an event that is sent and forgotten brings no process down.
 */

/** What is wrong with one field, as the door says it. */
export interface FieldProblem {
  /** JSON Pointer (RFC 6901) into the event. */
  readonly path: string;
  readonly rule: string;
  readonly message: string;
}

/** The door has taken the event. */
export interface Taken {
  /**
   * `accepted`: on Kafka. `duplicate`: on Kafka before, under the same id. `spooled`: on the door's disk, while
   * Kafka is away.
   */
  readonly status: 'accepted' | 'duplicate' | 'spooled';
}

/** The door refuses the event for good: sending it again would not help. */
export interface Rejected {
  readonly status: 'rejected';
  /** From the error reference, or `http.<status>` for an answer that is not the door's. */
  readonly code: string;
  readonly message: string;
  readonly problems?: readonly FieldProblem[];
}

/** The client has given up, or never began. */
export interface Unsent {
  readonly status: 'unsent';
  readonly code: UnsentCode;
  readonly message: string;
  /** True: an attempt got no answer, or one that leaves it open, so that the event may be on Kafka all the same. */
  readonly mayBeWritten: boolean;
  /** True: it stays in the store, and is sent when a client opens the store again. */
  readonly stored: boolean;
}

export type UnsentCode =
  /** The deadline passed. */
  | 'deadline'
  /** The queue is full and `whenFull` is `reject`. */
  | 'queue-full'
  /** It made room for a newer one: `whenFull` is `drop-oldest`. */
  | 'dropped'
  /** The client was closed. */
  | 'closed'
  /** The signal that came with it was aborted. */
  | 'aborted'
  /** It is no JSON object: a cycle, a bigint, undefined. */
  | 'not-json';

export type EventResult = Taken | Rejected | Unsent;

/** What `enqueue` tells: the event is in the queue, and whether it would survive the end of the process. */
export type EnqueueResult =
  | {
      readonly status: 'queued';
      /** True: in the store, synced. False: in memory, as there is no store or it failed (`onStoreFailed`). */
      readonly durable: boolean;
    }
  | Unsent;

/** An end by the client itself. */
export const unsent = (
  code: UnsentCode,
  message: string,
  { mayBeWritten = false, stored = false } = {},
): Unsent => ({ status: 'unsent', code, message, mayBeWritten, stored });
