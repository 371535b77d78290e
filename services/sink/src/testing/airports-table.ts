/** The example's airports on the stack, filled by the sink's own statements without a running sink. */
import { type ClickHouse, createClickHouse, describeTable } from '@millrace/clickhouse';
import { recordRows } from '@millrace/kafka';
import {
  createFlightsWorld,
  type FlightsWorld,
  stackUnderTest,
  uniqueName,
} from '@millrace/testkit';
import { oneBlockSettings } from '../steps/insert-range.ts';
import { compileLanding } from '../tables/landing.ts';
import { airportEnvelope, type Delivery, type TableHistory } from './table-history.ts';

export interface AirportsTable {
  readonly world: FlightsWorld;
  readonly clickhouse: ClickHouse;
  /** Empties the tables, without a word of the source's. */
  clear(): Promise<void>;
  land(history: TableHistory, delivery: Delivery): Promise<void>;
  drop(): Promise<void>;
}

/** @param warehouse words that the contract's warehouse section gets, as YAML lines */
export async function createAirportsTable(
  warehouse: readonly string[] = [],
): Promise<AirportsTable> {
  const world = await createFlightsWorld(stackUnderTest(), {
    edit: (file, text) =>
      file === 'airports.odcs.yaml' && warehouse.length > 0
        ? text.replace(
            /( +)role: dimension\n[\s\S]*$/,
            (_, indent: string) =>
              `${['role: dimension', 'name: airports', ...warehouse].map((line) => `${indent}${line}\n`).join('')}`,
          )
        : text,
  });
  const clickhouse = createClickHouse({ url: world.database.url });
  const table = await describeTable(clickhouse, world.airports.warehouse.table);
  const landing = compileLanding(world.airports, table!, 1, airportEnvelope);
  if (landing.kind === 'unfit') throw new Error(landing.reason);
  return {
    world,
    clickhouse,
    clear: async () => {
      const tables = await clickhouse.query<{ name: string }>(
        `SELECT name FROM system.tables WHERE database = currentDatabase() AND name LIKE 'airports%' AND engine LIKE '%MergeTree'`,
      );
      for (const { name } of tables) await clickhouse.exec(`TRUNCATE TABLE ${name}`);
    },
    land: async ({ values }, { order, firstOffset, partition }) => {
      const records = order.map((at) => ({
        ...{ key: null, value: values[at]!, headers: {}, timestampMs: 0 },
        offset: firstOffset + at,
      }));
      await clickhouse.insert({
        statement: landing.statement,
        body: landing.body(recordRows(records), partition, 0),
        token: uniqueName('insert'),
        settings: oneBlockSettings,
      });
    },
    drop: async () => {
      await clickhouse.close();
      await world.drop();
    },
  };
}
