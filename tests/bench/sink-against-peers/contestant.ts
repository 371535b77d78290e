/** One way from the topic into a table: what the measurements need to know of each alike. */
import type { ClickHouseDatabase } from '@millrace/testkit';
import type { World } from './world.ts';

export interface Running {
  /** The sink's process; undefined where ClickHouse itself is the sink. */
  readonly pid: number | undefined;
  stop(): Promise<void>;
}

export interface Contestant {
  readonly name: string;
  /** Where the rows arrive. */
  table(world: World): string;
  /** Makes the table in an empty database of this run. */
  prepare(world: World, database: ClickHouseDatabase): Promise<void>;
  /** Starts reading the topic from its beginning; `freshly` where latency counts and not throughput. */
  start(world: World, database: ClickHouseDatabase, freshly: boolean): Promise<Running>;
}
