/** A case of a transform: what it is given, step by step, and what it must come to. */
export interface Case {
  readonly name: string;
  /** File, number and name, for messages. */
  readonly where: string;
  /** Of every topic. */
  readonly partitions: number;
  /** What the clock shows at first. */
  readonly startMs: number;
  readonly given: readonly Step[];
  readonly expected: Expected;
}

export type Step =
  | {
      readonly kind: 'record';
      readonly contract: string;
      /** As JSON that the door would take; null: the row is gone. */
      readonly value: unknown;
      readonly key?: string;
      readonly partition?: number;
      readonly timeMs?: number;
    }
  | { readonly kind: 'clock'; readonly byMs: number }
  | { readonly kind: 'close' }
  | { readonly kind: 'restart' };

export interface Expected {
  /** By contract: records in order, of each the fields that matter. */
  readonly outputs: Readonly<Record<string, readonly ExpectedRecord[]>>;
  /** How many records were late, were refused, and failed, without an output of their own; 0 when left out. */
  readonly late: number;
  readonly rejected: number;
  readonly failed: number;
}

/** Null: a record without a value. */
export type ExpectedRecord = Readonly<Record<string, unknown>> | null;
