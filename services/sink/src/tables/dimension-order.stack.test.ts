/**
 * Any history of a table, landed in any order, any number of times, in any split into inserts and across
 * partitions: the view is the table. Through the sink's own statements on the real server.
 */
import { compileWriter, frame } from '@millrace/avro';
import { type ClickHouse, createClickHouse, describeTable } from '@millrace/clickhouse';
import { recordRows } from '@millrace/kafka';
import {
  createFlightsWorld,
  type FlightsWorld,
  stackUnderTest,
  uniqueName,
} from '@millrace/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { oneBlockSettings } from '../steps/insert-range.ts';
import { changeEnvelope } from '../testing/change-envelope.ts';
import { compileLanding, type Landing } from './landing.ts';

const envelopeText = changeEnvelope([
  { name: 'iata', type: 'string' },
  { name: 'name', type: 'string' },
  { name: 'country', type: 'string' },
  { name: 'latitude', type: 'double' },
  { name: 'longitude', type: 'double' },
]);
const write = compileWriter(envelopeText);

let world: FlightsWorld;
let clickhouse: ClickHouse;
let landing: Landing;

beforeAll(async () => {
  world = await createFlightsWorld(stackUnderTest());
  clickhouse = createClickHouse({ url: world.database.url });
  const table = await describeTable(clickhouse, world.airports.warehouse.table);
  const compiled = compileLanding(world.airports, table!, 1, envelopeText);
  if (compiled.kind === 'unfit') throw new Error(compiled.reason);
  landing = compiled;
});
afterAll(async () => {
  await clickhouse?.close();
  await world?.drop();
});

/** What one transaction does, in order; `early`: it stood in the log before the commit that it follows. */
interface Transaction {
  readonly early: boolean;
  readonly changes: readonly {
    readonly kind: 'put' | 'delete' | 'truncate';
    readonly key: string;
  }[];
}

const keys = ['', 'K1', 'K2', 'K3'];
const transactions: fc.Arbitrary<Transaction[]> = fc.array(
  fc.record({
    early: fc.boolean(),
    changes: fc.array(
      fc.record({
        kind: fc.constantFrom('put', 'put', 'put', 'delete', 'delete', 'truncate'),
        key: fc.constantFrom(...keys),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  }),
  { minLength: 1, maxLength: 8 },
);

/** The records as Debezium tells them, in commit order, and the rows that the table has at the end. */
function history(all: readonly Transaction[]) {
  const rows = new Map<string, string>();
  const values: Buffer[] = [];
  let nextLsn = 1_000;
  let startBefore = nextLsn;
  let lastCommit: number | undefined;
  for (const { early, changes } of all) {
    // An early transaction wrote to the log before the one that commits before it did.
    let lsn = early ? startBefore - 50 : nextLsn;
    startBefore = nextLsn;
    for (const { kind, key } of changes) {
      lsn += 1;
      const name = `at ${values.length}`;
      const row = { iata: key, name, country: 'USA', latitude: 0, longitude: 0 };
      if (kind === 'truncate') rows.clear();
      else if (kind === 'put') rows.set(key, name);
      else rows.delete(key);
      const op = { put: 'u', delete: 'd', truncate: 't' }[kind];
      const sequence = JSON.stringify([lastCommit?.toString() ?? null, String(lsn)]);
      values.push(
        frame(
          1,
          write({
            before: kind === 'delete' ? row : null,
            after: kind === 'put' ? row : null,
            source: { ts_ms: lsn, sequence, lsn },
            op,
            ts_ms: null,
          }),
        ),
      );
    }
    lastCommit = Math.max(nextLsn, lsn) + 100;
    nextLsn = lastCommit;
  }
  return { values, rows: [...rows].sort(([a], [b]) => (a < b ? -1 : 1)) };
}

const clear = async (): Promise<void> => {
  const { table } = world.airports.warehouse;
  for (const name of [table, `${table}_truncations`])
    await clickhouse.exec(`TRUNCATE TABLE ${name}`);
};

const land = (
  values: readonly Buffer[],
  order: readonly number[],
  firstOffset: number,
  partition: number,
) =>
  clickhouse.insert({
    statement: landing.statement,
    body: landing.body(
      recordRows(
        order.map((at) => ({
          ...{ key: null, value: values[at]!, headers: {}, timestampMs: 0 },
          offset: firstOffset + at,
        })),
      ),
      partition,
      0,
    ),
    token: uniqueName('insert'),
    settings: oneBlockSettings,
  });

test('whatever the order, the repetitions, the split and the partitions, the view is the table', async () => {
  await fc.assert(
    fc.asyncProperty(
      transactions,
      fc.infiniteStream(fc.nat()),
      fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }),
      async (all, dice, cuts) => {
        await clear();
        const { values, rows } = history(all);
        // Every record at least once, some again as another incarnation of the topic would tell them.
        const deliveries = values.flatMap((_, at) => {
          const again = dice.next().value! % 3 === 0;
          return [{ at, firstOffset: 500 }, ...(again ? [{ at, firstOffset: 0 }] : [])];
        });
        const shuffled = deliveries
          .map((delivery) => ({ delivery, rank: dice.next().value! }))
          .sort((a, b) => a.rank - b.rank)
          .map(({ delivery }) => delivery);
        for (let from = 0; from < shuffled.length; ) {
          let to = from + 1;
          const { firstOffset } = shuffled[from]!;
          while (to < shuffled.length && cuts[to % 40] && shuffled[to]!.firstOffset === firstOffset)
            to += 1;
          const order = shuffled.slice(from, to).map(({ at }) => at);
          await land(values, order, firstOffset, firstOffset === 0 ? 1 : 0);
          from = to;
        }
        const seen = await clickhouse.query<{ iata: string; name: string }>(
          `SELECT iata, name FROM ${world.airports.warehouse.view} ORDER BY iata`,
        );
        expect(seen.map(({ iata, name }) => [iata, name])).toEqual(rows);
      },
    ),
    { numRuns: 15 },
  );
}, 120_000);
