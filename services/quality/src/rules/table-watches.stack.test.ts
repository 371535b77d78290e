/** When a whole table is looked at, by a clock that the test moves: what each rule finds is measure-rules.stack.test.ts. */
import { createClickHouse } from '@millrace/clickhouse';
import type { Contract, QualityRule } from '@millrace/contracts';
import type { RuleResult } from '@millrace/operations';
import {
  type ClickHouseDatabase,
  createClickHouseDatabase,
  stackUnderTest,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LookAtTable } from './look-at-table.ts';
import { createRuleBoard } from './rule-board.ts';
import { createScheduledWatch } from './table-watches.ts';

const MINUTE_MS = 60_000;
/** Ten minutes past a full hour. */
const STARTED_MS = Date.UTC(2026, 0, 5, 9, 10);

let database: ClickHouseDatabase;
let clickhouse: ReturnType<typeof createClickHouse>;
beforeAll(async () => {
  database = await createClickHouseDatabase('watches', stackUnderTest().clickhouseUrl);
  clickhouse = createClickHouse({ url: database.url });
});
afterAll(async () => {
  await clickhouse?.close();
  await database?.drop();
});

const hourly = {
  ...{ id: 'some-rows', name: 'Some rows', check: { kind: 'rowCount' }, unit: 'rows' },
  ...{ action: 'alert', schedule: '0 * * * *', onTable: true, onTopic: false, samplesMax: 0 },
  limit: { operator: 'mustBeGreaterThan', bounds: [0] },
} as const satisfies QualityRule;
const contractOf = (name: string): Contract =>
  ({
    ...{ id: `shop.${name}`, quality: [hourly] },
    warehouse: { role: 'fact', view: `${name}_raw`, table: `${name}_raw`, columns: [] },
  }) as unknown as Contract;

/** A watch over streams with one rule each, and which of them it looked at in the rounds. */
const watching = (names: readonly string[], known: readonly RuleResult[] = []) => {
  const contracts = names.map(contractOf);
  let nowMs = STARTED_MS;
  const clock = { nowMs: () => nowMs, sleep: () => Promise.resolve() };
  const rules = createRuleBoard(contracts, clock.nowMs);
  const looks: string[] = [];
  const look: LookAtTable = async ({ id }) => {
    looks.push(id);
    return [];
  };
  const watch = createScheduledWatch({
    ...{ config: { newRowsEveryMs: 1_000 }, contracts, clickhouse, rules, look, clock },
    loaded: async () => known.forEach(rules.put),
  });
  return async (atMs: number): Promise<readonly string[]> => {
    nowMs = atMs;
    looks.length = 0;
    await watch.round(new AbortController().signal);
    return [...looks];
  };
};
const fill = (name: string) => database.execute(`INSERT INTO ${name}_raw VALUES ('a')`);
const makeTable = (name: string) =>
  database.execute(`CREATE TABLE ${name}_raw (id String) ENGINE = MergeTree ORDER BY id`);

test('a rule that was never looked at waits while its table has no row, until its schedule says so', async () => {
  await Promise.all(['full', 'begins', 'stays_empty'].map(makeTable));
  await fill('full');
  const round = watching(['full', 'begins', 'stays_empty', 'not_made']);
  // a table that is not there is told at once
  expect(await round(STARTED_MS)).toEqual(['shop.full', 'shop.not_made']);
  expect(await round(STARTED_MS + MINUTE_MS)).toEqual([]);
  await fill('begins');
  expect(await round(STARTED_MS + 2 * MINUTE_MS)).toEqual(['shop.begins']);
  expect(await round(STARTED_MS + 3 * MINUTE_MS)).toEqual([]);
  const all = ['shop.full', 'shop.begins', 'shop.stays_empty', 'shop.not_made'];
  expect(await round(STARTED_MS + 50 * MINUTE_MS)).toEqual(all);
  expect(await round(STARTED_MS + 51 * MINUTE_MS)).toEqual([]);
});

test('a rule that was due while the service was down is looked at, whether its table has rows or not', async () => {
  await makeTable('known');
  const before = (atMs: number) =>
    ({
      contract: 'shop.known',
      rule: 'some-rows',
      place: 'table',
      scope: 'all',
      atMs,
    }) as RuleResult;
  const missed = watching(['known'], [before(STARTED_MS - 20 * MINUTE_MS)]);
  expect(await missed(STARTED_MS)).toEqual(['shop.known']);
  const inTime = watching(['known'], [before(STARTED_MS - 5 * MINUTE_MS)]);
  expect(await inTime(STARTED_MS)).toEqual([]);
});
