/**
 * The history of a dimension on the real server: the view of when each version was true, and the three ways
 * to ask what was true at the moment of an event, each against a reference that goes through the history.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AirportsTable, createAirportsTable } from '../testing/airports-table.ts';
import {
  deliveriesOf,
  historyKeys,
  type Transaction,
  tellHistory,
  transactionsOf,
} from '../testing/table-history.ts';

let airports: AirportsTable;

beforeAll(async () => {
  airports = await createAirportsTable(['history: { dictionary: { lifetime: 1h } }']);
  await airports.clickhouse.exec(
    "CREATE TABLE asked (iata String, at DateTime64(3, 'UTC')) ENGINE = MergeTree ORDER BY (iata, at)",
  );
});
afterAll(async () => {
  await airports?.drop();
});

interface Answer {
  readonly iata: string;
  readonly at: number;
  readonly name: string | null;
}

const asked = `SELECT iata, toUnixTimestamp64Milli(at) AS at, name FROM`;

/** Each the same question: the name that each asked airport had at the asked moment, null for none. */
const waysToAsk = {
  'a join on the interval': `${asked} (SELECT a.iata AS iata, a.at AS at, h.name AS name FROM asked AS a
    LEFT JOIN airports_history AS h ON h.iata = a.iata AND a.at >= h.valid_from AND a.at < h.valid_to)
    ORDER BY iata, at SETTINGS join_use_nulls = 1`,
  'an ASOF join': `${asked} (SELECT a.iata AS iata, a.at AS at, if(a.at < h.valid_to, h.name, NULL) AS name FROM asked AS a
    ASOF LEFT JOIN airports_history AS h ON h.iata = a.iata AND a.at >= h.valid_from)
    ORDER BY iata, at SETTINGS join_use_nulls = 1`,
  'the dictionary': `${asked} (SELECT iata, at, dictGetOrNull('airports_history_dictionary', 'name', iata, at) AS name FROM asked)
    ORDER BY iata, at`,
};

const ask = async (moments: readonly number[]): Promise<void> => {
  await airports.clickhouse.exec('TRUNCATE TABLE asked');
  const rows = historyKeys.flatMap((key) =>
    moments.map((at) => `('${key}', fromUnixTimestamp64Milli(toInt64(${at}), 'UTC'))`),
  );
  await airports.clickhouse.exec(`INSERT INTO asked VALUES ${rows.join(', ')}`);
  await airports.clickhouse.exec('SYSTEM RELOAD DICTIONARY airports_history_dictionary');
};

test('late, repeated and out of order: every way to ask gives what was true at the moment', async () => {
  const histories = transactionsOf(40)
    .map(tellHistory)
    .chain((history) =>
      deliveriesOf(history.values.length).map((deliveries) => ({ history, deliveries })),
    );
  await fc.assert(
    fc.asyncProperty(histories, async ({ history, deliveries }) => {
      await airports.clear();
      for (const delivery of deliveries) await airports.land(history, delivery);
      const moments = [
        ...new Set(history.moments.flatMap((moment) => [moment - 1, moment, moment + 1])),
      ].sort((a, b) => a - b);
      await ask(moments);
      const expected = historyKeys.flatMap((iata) =>
        moments.map((at): Answer => {
          const row = history.rowsAt(at).find(([key]) => key === iata);
          return { iata, at, name: row?.[1] ?? null };
        }),
      );
      for (const [way, sql] of Object.entries(waysToAsk)) {
        const answers = await airports.clickhouse.query<Answer>(sql);
        expect(
          answers.map((one) => ({ ...one, at: Number(one.at) })),
          way,
        ).toEqual(expected);
      }
      const current = await airports.clickhouse.query<{ iata: string; name: string }>(
        'SELECT iata, name FROM airports_history WHERE is_current ORDER BY iata',
      );
      expect(current.map(({ iata, name }) => [iata, name])).toEqual(history.rowsAt());
    }),
    { numRuns: 12 },
  );
}, 240_000);

const put = (key: string, pauseMs: number): Transaction => ({
  early: false,
  pauseMs,
  changes: [{ kind: 'put', key }],
});

const intervals = () =>
  airports.clickhouse.query<Record<string, unknown>>(
    `SELECT name, toUnixTimestamp64Milli(valid_from) - 1000000 AS since,
       toUnixTimestamp64Milli(valid_to) - 1000000 AS until, is_current FROM airports_history ORDER BY valid_from`,
  );

test('a version that comes late ends the one before it and is ended by the one after it', async () => {
  await airports.clear();
  const history = tellHistory([put('K1', 10), put('K1', 10), put('K1', 10)]);
  const land = (order: number[]) => airports.land(history, { order, firstOffset: 0, partition: 0 });
  await land([0]);
  await land([2]);
  expect(await intervals()).toMatchObject([
    { name: 'change 0', since: '10', until: '30', is_current: 0 },
    { name: 'change 2', since: '30', is_current: 1 },
  ]);
  await land([1]);
  expect(await intervals()).toMatchObject([
    { name: 'change 0', since: '10', until: '20' },
    { name: 'change 1', since: '20', until: '30' },
    { name: 'change 2', since: '30', is_current: 1 },
  ]);
});

test('where the clock of the source goes back, no interval ends before it begins', async () => {
  await airports.clear();
  const history = tellHistory([put('K1', 100), put('K1', 100), put('K1', -50)]);
  await airports.land(history, { order: [0, 1, 2], firstOffset: 0, partition: 0 });
  expect(await intervals()).toMatchObject([
    { name: 'change 0', since: '100', until: '150' },
    { name: 'change 2', since: '150', is_current: 1 },
  ]);
});
