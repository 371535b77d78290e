/**
 * Dead letters of all services, and what the door refused (service `ingest`). `GET /api/v1/dead-letters?limit=&next=` and the
 * filter, `/dead-letters/reasons`, `/dead-letters/<id>` (operator), `POST /api/v1/dead-letters/redrive`, `GET /dead-letters/redrives`,
 * `/dead-letters/redrives/<id>`, `POST …/<id>/stop`; `GET /dead-letters/floods`, `POST /dead-letters/floods/accept`.
 */
import type { Series } from './severity.ts';

/** What all the requests may be narrowed by; each left out is any. */
export interface DeadLetterFilter {
  readonly service?: string;
  /** The topic that the record came from. */
  readonly topic?: string;
  readonly contract?: string;
  readonly code?: string;
  /** Part of the message. */
  readonly text?: string;
  readonly fromMs?: number;
  readonly untilMs?: number;
  readonly state?: 'waiting' | 'redriven';
}

export interface DeadLetter {
  /** `<service>:<partition>:<offset>` in its dead letter topic; of the door `ingest:<rejection id>`. */
  readonly id: string;
  readonly service: string;
  readonly topic: string;
  readonly partition: number | null;
  readonly offset: number | null;
  readonly contract: string | null;
  readonly stage: string | null;
  readonly code: string;
  readonly message: string;
  readonly atMs: number;
  readonly keyText: string | null;
  readonly valueBytes: number;
  /** Times that it was sent again. */
  readonly redrives: number;
  readonly redrivenAtMs: number | null;
}

export interface DeadLetterPage {
  readonly letters: readonly DeadLetter[];
  /** Gets the next page; null at the end. */
  readonly next: string | null;
}

/** One letter, whole. */
export interface DeadLetterContent extends DeadLetter {
  readonly headers: readonly { readonly name: string; readonly text: string }[];
  /** The exact bytes, base64. */
  readonly key: string | null;
  readonly value: string | null;
  /** As the record's schema reads it, classified fields masked; null with a reason when nothing can be read. */
  readonly decoded: unknown;
  readonly undecodedReason: string | null;
}

export interface DeadLetterReasons {
  readonly total: number;
  readonly reasons: readonly {
    readonly service: string;
    readonly topic: string;
    readonly code: string;
    readonly count: number;
    readonly firstMs: number;
    readonly lastMs: number;
    readonly sample: string;
  }[];
  readonly overTime: Series;
}

export interface RedriveRequest {
  readonly filter: DeadLetterFilter;
  readonly ids?: readonly string[];
  /** Says what would be sent; sends nothing. */
  readonly dryRun: boolean;
  readonly perSecond?: number;
  readonly most?: number;
  /** A letter that was sent so often stays where it is. */
  readonly redrivesMax?: number;
  /** Also letters that were sent again before. */
  readonly again?: boolean;
  /** Why, for the audit. */
  readonly reason: string;
}

export interface RedriveReport {
  /** Empty of a dry run. */
  readonly id: string;
  readonly by: string;
  /** Why it was asked for. */
  readonly reason: string;
  readonly state: 'running' | 'done' | 'stopped' | 'failed';
  /** Why it failed. */
  readonly why?: string;
  readonly matched: number;
  readonly sent: number;
  readonly refused: readonly { readonly why: string; readonly count: number }[];
  readonly byReason: readonly { readonly code: string; readonly count: number }[];
  /** Of a dry run: what would become of each, the oldest first and a thousand at most; `why` null: it would be sent. */
  readonly letters?: readonly { readonly id: string; readonly why: string | null }[];
  readonly startedMs: number;
  readonly endedMs: number | null;
}

/** `GET /dead-letters/floods`: partitions that wait because most of their records would be dead letters. */
export interface FloodReport {
  readonly floods: readonly {
    readonly service: string;
    /** The transform. */
    readonly owner?: string;
    readonly topic: string;
    readonly partition: number;
    readonly sinceMs: number;
    readonly atMs: number;
    readonly dead: number;
    readonly records: number;
    readonly code: string;
  }[];
  /** Letters that may be written nevertheless. */
  readonly orders: readonly {
    readonly service: string;
    readonly topic: string;
    readonly atMs: number;
    readonly untilMs: number;
    readonly by: string;
    readonly reason: string;
  }[];
}

/** `POST /dead-letters/floods/accept`. */
export interface FloodAcceptance {
  readonly service: 'sink' | 'cdc' | 'stream-transform';
  readonly topic: string;
  readonly reason: string;
  /** An hour when left out. */
  readonly forMs?: number;
}
