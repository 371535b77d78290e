/** A record of the topic belongs to one window, whole: also one that waits for its schema while a window ends. */
import { compileWriter, frame, type RegistryClient } from '@millrace/avro';
import type { Contract, QualityRule } from '@millrace/contracts';
import { recordRows } from '@millrace/kafka';
import { createMetrics } from '@millrace/runtime';
import { expect, test } from 'vitest';
import { createQualityMetrics } from '../../metrics.ts';
import type { ResultStore } from '../result-store.ts';
import { createLiveRules } from './live-watch.ts';
import { createSampling } from './sampling.ts';

const codes: QualityRule = {
  ...{ id: 'codes', name: 'Codes', unit: 'rows', action: 'stop', schedule: '0 * * * *' },
  check: { kind: 'invalidValues', field: 'code', pattern: '^[A-Z]{3}$' },
  limit: { operator: 'mustBe', bounds: [0] },
  ...{ onTable: true, onTopic: true, samplesMax: 5 },
};
const schemaText = JSON.stringify({
  ...{ type: 'record', name: 'Row', fields: [{ name: 'code', type: 'string' }] },
});

/** What windows said, and the registry's answer in the test's hands. */
const world = (rule = codes, schema = schemaText) => {
  const kept: string[] = [];
  const contract = {
    ...{ id: 'shop.orders', topic: { name: 'orders' }, source: { kind: 'event' } },
    ...{ schemaText: schema, quality: [rule] },
    warehouse: { columns: [{ name: 'm', classification: 'public' }] },
  } as unknown as Contract;
  const answer = Promise.withResolvers<{ id: number; schemaText: string }>();
  const said: string[] = [];
  const live = createLiveRules({
    ...{ contracts: [contract], windowMs: 1_000, sampling: createSampling(1_000) },
    registry: { schemaById: () => answer.promise } as Partial<RegistryClient> as RegistryClient,
    store: {
      appendSamples: (_, { rows }) => void kept.push(JSON.stringify(rows)),
    } as Partial<ResultStore> as ResultStore,
    settle: async (_, results) =>
      void said.push(...results.map(({ result }) => `${result.outcome} ${result.message}`)),
    metrics: createQualityMetrics(createMetrics('quality')),
    clock: { nowMs: () => 0, sleep: () => Promise.resolve() },
  });
  const { round } = live.watch({
    ...{ follow: async () => undefined, isFollowed: () => true, close: async () => undefined },
  });
  const bad = frame(1, compileWriter(schemaText)({ code: 'nowhere' }));
  const come = (...values: readonly (Buffer | null)[]) =>
    live.look({
      ...{ topic: 'orders', partition: 0, nextOffset: 1, highWatermark: 1, lastStableOffset: 1 },
      records: recordRows(
        values.map((value, offset) => ({ offset, timestampMs: 0, key: null, value, headers: {} })),
      ),
    });
  return { kept, answer, said, come, bad, windowEnds: () => round(new AbortController().signal) };
};

test('a record whose schema is still asked for when a window ends is judged in the next', async () => {
  const { answer, said, come, bad, windowEnds } = world();
  const coming = come(bad);
  await windowEnds();
  expect(said).toEqual([]);
  answer.resolve({ id: 1, schemaText });
  await coming;
  await windowEnds();
  expect(said).toEqual(['failed 1 of 1 rows, mustBe 0.']);
});

test('a deletion was looked at, and is no row: what failed beside it is counted and not estimated', async () => {
  const { answer, said, come, bad, windowEnds } = world();
  answer.resolve({ id: 1, schemaText });
  await come(bad, null, null, bad);
  await windowEnds();
  await come(null);
  await windowEnds();
  expect(said).toEqual(['failed 2 of 2 rows, mustBe 0.', 'skipped No record was a row.']);
});

test('a number beyond 2^53 within a map is compared and kept like others', async () => {
  const schema = JSON.stringify({
    ...{
      type: 'record',
      name: 'Row',
      fields: [{ name: 'm', type: { type: 'map', values: 'long' } }],
    },
  });
  const check = { kind: 'duplicateValues', fields: ['m'] } as const;
  const { kept, answer, said, come, windowEnds } = world({ ...codes, check }, schema);
  answer.resolve({ id: 1, schemaText: schema });
  // {"a": 2^60}: one entry, its key, its value; no more entries
  const datum = Buffer.concat([
    ...[Buffer.of(2, 2, 97), Buffer.of(128, 128, 128, 128, 128, 128, 128, 128, 32), Buffer.of(0)],
  ]);
  await come(frame(1, datum), frame(1, datum));
  await windowEnds();
  expect(said).toEqual(['failed 1 of 2 rows, mustBe 0.']);
  expect(kept).toEqual(['[[0,1,{"a":"1152921504606846976"}]]']);
});
