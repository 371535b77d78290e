/** One thing that the service looks at in rounds. Running them is steps/run-watch.ts. */

/** Something that is looked at again and again. A round that rejects is told and tried anew at the next. */
export interface Watch {
  readonly name: string;
  /** From the end of a round to the begin of the next, ms. */
  readonly everyMs: number;
  round(signal: AbortSignal): Promise<void>;
}
