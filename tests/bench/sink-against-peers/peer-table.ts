/** The table of the peers: the same columns and order, nothing of the platform's, and no tokens to remember. */
import type { ClickHouseDatabase } from '@millrace/testkit';
import { peerColumns } from './events.ts';
import type { World } from './world.ts';

export const PEER_TABLE = 't';

export const createPeerTable = (world: World, database: ClickHouseDatabase): Promise<void> =>
  database.execute(
    `CREATE TABLE ${PEER_TABLE} (${peerColumns(world.shape, 'LowCardinality(String)')})
     ENGINE = MergeTree ORDER BY (kind, ts) SETTINGS non_replicated_deduplication_window = 0`,
  );
