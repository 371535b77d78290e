import { expect, test } from 'vitest';
import { catalogEntries, catalogPage } from './catalog-page.ts';
import { exampleContracts, exampleInput } from './testing/example-catalog.ts';

const pageOf = (id: string, input = exampleInput()) =>
  catalogPage(input.contracts.find((one) => one.id === id)!, input);

test('from files alone there is a page of what is declared, and nothing that only an observer knows', () => {
  expect(pageOf('flights.departed')).toMatchObject({
    ...{ title: 'Flight departed', status: 'active', classification: 'public', role: 'fact' },
    ...{ condition: 'unknown', lastEventMs: null, rows: null, observedMs: null },
    quality: { rules: expect.any(Number), passed: 0, failed: 0, lastMs: null },
    objectives: [
      { name: 'latency', promised: 'queryable within 1 s', observed: null, met: null },
      { name: 'retention', promised: 'the topic keeps records 7 d', met: null },
    ],
    consumers: [
      { name: 'delays_by_airport', kind: 'transform', seen: false, declared: true },
      { name: 'sink', kind: 'sink', seen: false, declared: true },
    ],
    topicSettings: { partitions: '4', 'cleanup.policy': 'delete' },
  });
});

test('what was seen stands beside what is declared: promises are judged, strangers are told from our own', () => {
  const input = exampleInput(exampleContracts(), {
    'flights.departed': {
      latencyP99Ms: 1500,
      topicSettings: { 'retention.ms': '86400000' },
      consumers: [
        { name: 'delays_by_airport', kind: 'transform', lastMs: 5 },
        { name: 'fraud', kind: 'group', lastMs: 7 },
      ],
      producers: [{ name: '/gate/7', kind: 'producer', lastMs: 3 }],
      allowed: ['gates'],
    },
  });
  expect(pageOf('flights.departed', input)).toMatchObject({
    ...{ rows: 12_345, condition: 'ok' },
    objectives: [
      { observed: '99 of 100 within 1.5 s', met: false },
      { observed: 'it keeps them 1 d', met: false },
    ],
    producers: [
      { name: 'gates', kind: 'producer', seen: false, declared: true, lastMs: null },
      { name: '/gate/7', seen: true, declared: false, lastMs: 3 },
    ],
    consumers: [
      { name: 'delays_by_airport', seen: true, declared: true, lastMs: 5 },
      { name: 'sink', seen: false, declared: true, lastMs: null },
      { name: 'fraud', kind: 'group', seen: true, declared: false, lastMs: 7 },
    ],
  });
});

test('versions carry what changed since the one before', () => {
  const contract = exampleContracts().find(({ id }) => id === 'flights.departed')!;
  const later = JSON.parse(contract.schemaText) as { fields: object[] };
  later.fields.push({ name: 'gate', type: ['null', 'string'], default: null });
  const version = (number: number, schemaText: string) => ({
    ...{ version: number, schemaId: 40 + number, schemaText, registeredMs: null },
  });
  const input = exampleInput(exampleContracts(), {
    'flights.departed': {
      versions: [version(1, contract.schemaText), version(2, JSON.stringify(later))],
    },
  });
  expect(pageOf('flights.departed', input).versions).toMatchObject([
    { version: 1, changes: [] },
    { version: 2, schemaId: 42, changes: [{ rule: 'field-added', field: 'gate' }] },
  ]);
});

test('the list is by id', () => {
  const ids = catalogEntries(exampleInput()).map(({ id }) => id);
  expect(ids).toEqual(ids.toSorted());
  expect(ids).toContain('flights.refused_departures');
});
