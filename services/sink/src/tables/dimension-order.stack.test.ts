/**
 * Any history of a table, landed in any order, any number of times, in any split into inserts and across
 * partitions: the view is the table. Through the sink's own statements on the real server.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AirportsTable, createAirportsTable } from '../testing/airports-table.ts';
import { deliveriesOf, tellHistory, transactionsOf } from '../testing/table-history.ts';

let airports: AirportsTable;

beforeAll(async () => {
  airports = await createAirportsTable();
});
afterAll(async () => {
  await airports?.drop();
});

test('whatever the order, the repetitions, the split and the partitions, the view is the table', async () => {
  const histories = transactionsOf(8)
    .map(tellHistory)
    .chain((history) =>
      deliveriesOf(history.values.length).map((deliveries) => ({ history, deliveries })),
    );
  await fc.assert(
    fc.asyncProperty(histories, async ({ history, deliveries }) => {
      await airports.clear();
      for (const delivery of deliveries) await airports.land(history, delivery);
      const seen = await airports.clickhouse.query<{ iata: string; name: string }>(
        `SELECT iata, name FROM ${airports.world.airports.warehouse.view} ORDER BY iata`,
      );
      expect(seen.map(({ iata, name }) => [iata, name])).toEqual(history.rowsAt());
    }),
    { numRuns: 15 },
  );
});
