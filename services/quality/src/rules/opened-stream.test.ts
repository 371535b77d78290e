/**
 * What was known when a person opened a stream does not shut it again, in whatever order looks, windows and that moment meet; what
 * came after it does. Tables and topics by what a test says of them; all that decides is the service's own.
 */
import { compileWriter, frame, type RegistryClient } from '@millrace/avro';
import type {
  QualityRule,
  StreamGate,
  WarehouseContract,
  WarehouseRole,
} from '@millrace/contracts';
import type { StreamGates } from '@millrace/gate';
import { recordRows } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import { createMetrics } from '@millrace/runtime';
import { expect, test } from 'vitest';
import { createConditionBoard } from '../conditions/condition-board.ts';
import { createQualityMetrics } from '../metrics.ts';
import { createGateKeeper } from './gate-keeper.ts';
import type { TopicFollower } from './live/follow-topics.ts';
import { createLiveRules } from './live/live-watch.ts';
import { createSampling } from './live/sampling.ts';
import { createLookAtTable } from './look-at-table.ts';
import type { ResultStore } from './result-store.ts';
import { createRuleBoard } from './rule-board.ts';
import { createSettleResults } from './settle-results.ts';
import type { Ask } from './table-source.ts';

const codes: QualityRule = {
  ...{ id: 'codes', name: 'Codes', unit: 'rows', action: 'stop', schedule: '0 * * * *' },
  check: { kind: 'invalidValues', field: 'code', pattern: '^[A-Z]{3}$' },
  limit: { operator: 'mustBe', bounds: [0] },
  ...{ onTable: true, onTopic: true, samplesMax: 5 },
};
const enough: QualityRule = {
  ...{ ...codes, id: 'enough', name: 'Enough', check: { kind: 'rowCount' }, onTable: false },
  limit: { operator: 'mustBeGreaterThan', bounds: [0] },
};
const schemaText = JSON.stringify({
  ...{ type: 'record', name: 'Row', fields: [{ name: 'code', type: 'string' }] },
});

const worldOf = (role: WarehouseRole, ...quality: readonly QualityRule[]) => {
  const contract = {
    ...{ id: 'shop.orders', topic: { name: 'orders' }, source: { kind: 'event' }, schemaText },
    ...{ quality, warehouse: { role, view: 'orders', table: 'orders_raw', columns: [] } },
  } as unknown as WarehouseContract;
  let nowMs = 0;
  const clock = { nowMs: () => nowMs, sleep: () => Promise.resolve() };
  const all = new Map<string, StreamGate>();
  const gates: StreamGates = {
    stateOf: (id) => all.get(id)?.state ?? 'open',
    gateOf: (id) => all.get(id),
    ...{ all, known: Promise.resolve() },
  };
  const board = createConditionBoard(clock.nowMs);
  const metrics = createQualityMetrics(createMetrics('quality'));
  const keeper = createGateKeeper({
    ...{ contracts: [contract], gates, board, clock, logger: silentLogger },
    writer: {
      read: async () => all,
      put: async (id, gate) => void all.set(id, gate),
      close: async () => undefined,
    },
  });
  const store = { append: () => undefined, appendSamples: () => undefined };
  const settle = createSettleResults({
    store: store as Partial<ResultStore> as ResultStore,
    rules: createRuleBoard([contract], clock.nowMs),
    ...{ board, metrics, send: () => undefined, shut: keeper.shut },
  });
  const shared = { store: store as Partial<ResultStore> as ResultStore, settle, metrics, clock };
  const at = (ms: number) => {
    nowMs = ms;
  };
  const person = (state: StreamGate['state']) => keeper.set(contract.id, state, 'said', 'ann');
  const by = () => `${gates.stateOf(contract.id)} ${gates.gateOf(contract.id)?.by ?? '-'}`;
  return { contract, shared, at, person, by };
};

const world = (...quality: readonly QualityRule[]) => worldOf('fact', ...quality);

/** A table with one bad row of that time; `asked` is called before each answer. */
const table = (
  { contract, shared }: ReturnType<typeof world>,
  producedMs: number,
  asked: (what: 'measures' | 'judges' | 'reads') => unknown,
) => {
  const answers = {
    measures: () => ({ rows: '1', r0: '1' }),
    judges: (openedMs: number) => ({ failed: producedMs > openedMs ? '1' : '0' }),
    reads: () => ({}),
  };
  const ask = (async (statement: string, params?: { opened: number }) => {
    const isScan = statement.includes(' AS r0');
    const what = isScan ? 'measures' : params?.opened === undefined ? 'reads' : 'judges';
    if (what === 'judges') expect(statement).toContain(` ${sent[contract.warehouse.role]} > `);
    await asked(what);
    return [answers[what](params?.opened ?? 0)];
  }) as Ask;
  const look = createLookAtTable({
    ...{ ...shared, ask, isThere: async () => true, logger: silentLogger },
  });
  return (scope: 'all' | 'new' = 'new') => look(contract, [codes], scope, { source: 'orders_raw' });
};

/** Views show these (viewMetadataColumns). */
const sent = { fact: '_produced_at', dimension: '_committed_at', aggregate: 'no column' };

/** The topic as it is followed: records of a code and a time come, and windows end. */
const topic = ({ contract, shared }: ReturnType<typeof world>) => {
  const write = compileWriter(schemaText);
  const live = createLiveRules({
    ...{ ...shared, contracts: [contract], windowMs: 1_000, sampling: createSampling(1_000) },
    registry: { schemaById: async (id) => ({ id, schemaText }) } as RegistryClient,
  });
  const follower: TopicFollower = {
    ...{ follow: async () => undefined, isFollowed: () => true, close: async () => undefined },
  };
  const { round } = live.watch(follower);
  const come = (code: string, timestampMs: number) => {
    const value = frame(1, write({ code }));
    return live.look({
      ...{ topic: 'orders', partition: 0, nextOffset: 1, highWatermark: 1, lastStableOffset: 1 },
      records: recordRows([{ offset: 0, timestampMs, key: null, value, headers: {} }]),
    });
  };
  return { come, windowEnds: () => round(new AbortController().signal) };
};

test('a look at the table that is under way while a person opens the stream does not shut it again', async () => {
  for (const [state, moment] of [
    ...([
      ['stopped', 'measures'],
      ['stopped', 'reads'],
    ] as const),
    ...([
      ['open', 'measures'],
      ['open', 'judges'],
      ['open', 'reads'],
    ] as const),
  ]) {
    const shop = world(codes);
    shop.at(500);
    await shop.person(state);
    let isFirst = true;
    await table(shop, 900, async (what) => {
      if (what !== moment || !isFirst) return;
      isFirst = false;
      shop.at(5_000);
      await shop.person('open');
    })();
    expect([state, moment, shop.by()]).toEqual([state, moment, 'open ann']);
  }
});

test('a row that came after the opening shuts it, and one of a stream that nobody spoke of', async () => {
  const shop = world(codes);
  const look = (producedMs: number) => table(shop, producedMs, () => undefined)();
  await look(100);
  expect(shop.by()).toBe('stopped rule:codes');
  shop.at(1_000);
  await shop.person('open');
  await look(1_000);
  expect(shop.by()).toBe('open ann');
  await look(1_001);
  expect(shop.by()).toBe('stopped rule:codes');
});

test('a whole table that begins to fail by what was known does not shut it; where no time can be told, it does', async () => {
  for (const [role, expected] of [
    ...([
      ['fact', 'open ann'],
      ['dimension', 'open ann'],
    ] as const),
    ['aggregate', 'stopped rule:codes'],
  ] as const) {
    const shop = worldOf(role, codes);
    shop.at(1_000);
    await shop.person('open');
    await table(shop, 900, () => undefined)('all');
    expect([role, shop.by()]).toEqual([role, expected]);
  }
});

test('a window of the topic that began before the opening is judged by what came after it', async () => {
  const shop = world(codes);
  const { come, windowEnds } = topic(shop);
  shop.at(1_000);
  await shop.person('stopped');
  shop.at(1_400);
  await come('nowhere', 1_390);
  shop.at(1_500);
  await shop.person('open');
  // on its way while the stream was opened, and one whose sender's clock is ahead was seen before
  shop.at(1_600);
  await come('late', 1_499);
  await windowEnds();
  expect(shop.by()).toBe('open ann');
  shop.at(1_700);
  await come('ahead', 9_000);
  shop.at(1_800);
  await shop.person('open');
  await come('ABQ', 1_900);
  await windowEnds();
  expect(shop.by()).toBe('open ann');
  shop.at(2_000);
  await come('nowhere', 1_990);
  await windowEnds();
  expect(shop.by()).toBe('stopped rule:codes');
});

test("a record whose time is its event's and long ago is new when it comes long after the opening", async () => {
  const shop = world(codes);
  const { come, windowEnds } = topic(shop);
  shop.at(100_000);
  await shop.person('open');
  shop.at(200_000);
  await come('nowhere', 5_000);
  await windowEnds();
  expect(shop.by()).toBe('stopped rule:codes');
});

test('of a window that began before the opening the number of records shuts nothing', async () => {
  const shop = world(enough);
  const { windowEnds } = topic(shop);
  shop.at(1_000);
  await shop.person('stopped');
  await windowEnds();
  shop.at(1_500);
  await shop.person('open');
  shop.at(2_000);
  await windowEnds();
  expect(shop.by()).toBe('open ann');
  shop.at(3_000);
  await windowEnds();
  expect(shop.by()).toBe('stopped rule:enough');
});
