/** One who captures the table: what the workloads need to know of Millrace and of Debezium alike. */
import type { PostgresDatabase } from '@millrace/testkit';

export interface Endpoints {
  readonly kafkaBrokers: string;
  readonly registryUrl: string;
}

export interface Running {
  readonly pid: number;
  /** Where the table's changes arrive. */
  readonly topic: string;
  /** Records that readers may see, so far. */
  recordCount(): Promise<number>;
  /** Ends it, and what it made: slot, publication, topic. */
  finish(): Promise<void>;
}

export type Workload = 'snapshot' | 'stream' | 'follow';

export interface Contestant {
  readonly name: string;
  /**
   * Starts it: `snapshot` begins with a snapshot of the table, `stream` with the changes behind a copied slot,
   * `follow` with what is committed from now on.
   */
  start(workload: Workload, database: PostgresDatabase, endpoints: Endpoints): Promise<Running>;
}
