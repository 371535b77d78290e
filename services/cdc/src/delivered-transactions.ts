/**
 * The ids of the transactions that the stream delivered last. A commit is in the log a moment before it is
 * visible to other sessions (with synchronous replication: as long as the standby takes), so a snapshot may miss
 * what was delivered already; whoever takes one asks here.
 */
export interface DeliveredTransactions {
  add(transactionId: number): void;
  /** Whether it is among the last ones. */
  has(transactionId: number): boolean;
}

/** Sessions that wait for their commit to become visible are bounded by max_connections. */
const REMEMBERED = 65_536;

export const createDeliveredTransactions = (): DeliveredTransactions => {
  const ring = new Uint32Array(REMEMBERED);
  let next = 0;
  return {
    add: (transactionId) => {
      ring[next] = transactionId;
      next = (next + 1) % REMEMBERED;
    },
    has: (transactionId) => transactionId !== 0 && ring.includes(transactionId),
  };
};
