/** The `transaction` block of an envelope. */
export interface TransactionOrder {
  /** `<transaction id>:<LSN of its commit>`. */
  readonly id: string;
  /** From 1, among all captured changes of the transaction. */
  readonly total: number;
  /** From 1, among those of the table. */
  readonly collection: number;
}
