/** What a user function may ask about the record at hand, beside its value. */
export interface RecordInfo {
  readonly key: string | null;
  /** Event time, ms since 1970 UTC. */
  readonly timeMs: number;
}
