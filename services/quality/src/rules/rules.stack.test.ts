/**
 * Quality rules as a person meets them: the service runs beside a sink and a door; results are in the API, in ClickHouse, on
 * Kafka and in OpenLineage's words; a bad producer is seen on the topic, and a rule that says so stops the stream.
 */
import {
  compileReader,
  compileWriter,
  createRegistryClient,
  FRAME_HEADER_BYTES,
  frame,
} from '@millrace/avro';
import { qualityResultsContract } from '@millrace/contracts';
import {
  createOperationsClient,
  type GatesReport,
  type OperationsClient,
  type RuleHistory,
  type RuleResult,
  type RulesReport,
  type RunReport,
} from '@millrace/operations';
import {
  createFlightsWorld,
  type FlightsWorld,
  flight,
  readCommitted,
  type ServiceProcess,
  stackUnderTest,
  startService,
  uniqueName,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

let world: FlightsWorld;
let quality: ServiceProcess;
let sink: ServiceProcess;
let client: OperationsClient;
const lineageTopic = uniqueName('openlineage');

const edit = (file: string, text: string) => {
  if (file === 'airports.odcs.yaml')
    return text.replace(
      /(- name: country\n(?: {8}.*\n)*)/,
      `$1        quality: [{ id: country-is-short, metric: invalidValues, arguments: { pattern: "^[A-Z]{3}$" }, mustBe: 0 }]\n`,
    );
  return file !== 'departed.odcs.yaml'
    ? text
    : text
        .replace(
          'id: origin-is-a-code',
          'id: origin-is-a-code\n            customProperties: [{ property: millrace, value: { action: stop } }]',
        )
        // what is confidential is not shown among the rows that failed
        .replace(/(name: destination[\s\S]*?classification:) public/, '$1 confidential');
};

beforeAll(async () => {
  world = await createFlightsWorld(stackUnderTest(), { partitions: 2, edit });
  quality = await startService('quality', {
    ...world.env,
    MILLRACE_QUALITY_NEW_ROWS_INTERVAL: '1s',
    MILLRACE_QUALITY_LIVE_WINDOW: '1s',
    MILLRACE_QUALITY_OPENLINEAGE_TOPIC: lineageTopic,
  });
  sink = await startService('sink', world.env);
  await Promise.all([quality.ready(), sink.ready()]);
  client = createOperationsClient({ url: quality.url });
});
afterAll(async () => {
  await Promise.all([quality?.stop(), sink?.stop()]);
  await world?.drop();
});

const landed = async () => (await world.landed()).rows;
const results = async (
  rule: string,
  contract = world.contract.id,
): Promise<readonly RuleResult[]> =>
  (await client.get<RuleHistory>('/quality/results', { contract, rule })).results;
const outcomes = async (
  rule: string,
  place: RuleResult['place'],
  scope: RuleResult['scope'],
  contract?: string,
) =>
  (await results(rule, contract))
    .filter((one) => one.place === place && one.scope === scope)
    .map(({ outcome }) => outcome);
const departureFrom = (index: number, origin: string) => ({
  key: null,
  value: frame(
    world.schemaId,
    compileWriter(world.contract.schemaText)({ ...flight(index), origin }),
  ),
});

test('a rule that is run tells what it measured, and keeps rows that failed with what is confidential masked', async () => {
  await world.send(0, 20);
  await expect.poll(landed).toBe(20);
  const run = { contract: world.contract.id };
  const { results: all } = await client.send<RunReport>('POST', '/quality/run', run);
  const byRule = new Map(all.map((one) => [one.rule, one]));
  // Of these twenty two fly to where they are.
  expect(byRule.get('not-to-itself')).toMatchObject({ outcome: 'failed', measured: 2 });
  expect(byRule.get('some-rows')).toMatchObject({ outcome: 'passed', measured: 20 });
  expect(byRule.get('flight_id-duplicateValues')).toMatchObject({
    ...{ outcome: 'passed', measured: 0, rowsChecked: 20 },
  });
  expect(byRule.get('usual-volume')).toMatchObject({ outcome: 'skipped', measured: null });

  await world.producer.send([
    { topic: world.contract.topic.name, partition: 0, records: [world.departure(3)] },
  ]);
  await expect.poll(landed).toBe(21);
  const again = await client.send<RunReport>('POST', '/quality/run', {
    ...{ ...run, rule: 'flight_id-duplicateValues' },
  });
  expect(again.results).toMatchObject([{ outcome: 'failed', measured: 1, expected: 'mustBe 0' }]);
  const path = `/quality/results/${again.results[0]!.id}/samples`;
  const samples = () => client.get(path).catch(() => undefined);
  await expect.poll(samples).toMatchObject({ masked: ['destination'] });
  const { columns, rows } = (await samples()) as { columns: string[]; rows: unknown[][] };
  expect(rows.map((row) => row[columns.indexOf('flight_id')])).toEqual(['F3', 'F3']);
  expect(rows.map((row) => row[columns.indexOf('destination')])).toEqual([null, null]);
});

test('all rules stand in the list with their last result and what comes next', async () => {
  const { rules } = await client.get<RulesReport>('/quality/rules', {
    contract: world.contract.id,
  });
  expect(rules.map(({ rule }) => rule)).toContain('plausible-delay');
  expect(rules.find(({ rule }) => rule === 'flight_id-duplicateValues')).toMatchObject({
    ...{ field: 'flight_id', kind: 'library', action: 'alert', dimension: 'uniqueness' },
    last: { outcome: 'failed' },
  });
  for (const { nextMs } of rules) expect(nextMs).toBeGreaterThan(Date.now() - 60_000);
});

test('results are a stream with a contract, and OpenLineage events with assertions', async () => {
  const { kafkaBrokers } = stackUnderTest();
  const { topic, schemaText } = qualityResultsContract();
  const read = compileReader(schemaText);
  const streamed = async () =>
    (await readCommitted(kafkaBrokers, topic.name))
      .map(({ value }) => read(value!.subarray(FRAME_HEADER_BYTES)) as Record<string, unknown>)
      .filter(({ contract }) => contract === world.contract.id);
  await expect
    .poll(async () => (await streamed()).map(({ rule, outcome }) => `${rule} ${outcome}`))
    .toContain('flight_id-duplicateValues failed');

  const events = async () =>
    (await readCommitted(kafkaBrokers, lineageTopic)).map(({ value }) => JSON.parse(String(value)));
  // biome-ignore lint/suspicious/noExplicitAny: the form is another's; run-event.test.ts holds it to the standard's schema.
  const asserted = (event: any) =>
    // events of datasets, which tell of topics and tables, have none
    event.inputs?.[0].inputFacets?.dataQualityAssertions.assertions.some(
      // biome-ignore lint/suspicious/noExplicitAny: as above.
      (one: any) => one.name.startsWith('duplicateValues') && !one.success,
    );
  await expect.poll(async () => (await events()).some(asserted)).toBe(true);
  // what there is, told once after the start
  const { topic: own, warehouse } = world.contract;
  const told = (await events()).flatMap(({ dataset }) => dataset?.name ?? []);
  expect(told.filter((name) => name === own.name)).toHaveLength(1);
  expect(told).toContain(`${world.database.name}.${warehouse.view}`);
});

test('rows that come are looked at as they come', async () => {
  await world.send(20, 20);
  await expect.poll(landed).toBe(41);
  await expect
    .poll(async () => (await outcomes('plausible-delay', 'table', 'new')).includes('passed'))
    .toBe(true);
  const gates = await client.get<GatesReport>('/quality/gates');
  expect(gates.gates).toEqual([]);
});

test('a bad producer is seen on the topic, and its stream is stopped until a person opens it, across restarts', async () => {
  await expect
    .poll(async () => (await outcomes('origin-is-a-code', 'topic', 'window')).length)
    .toBeGreaterThan(0);
  const before = await landed();
  await world.producer.send([
    { topic: world.contract.topic.name, partition: 0, records: [departureFrom(900, 'nowhere')] },
  ]);
  await expect.poll(() => outcomes('origin-is-a-code', 'topic', 'window')).toContain('failed');
  const isStopped = { contract: world.contract.id, state: 'stopped', by: 'rule:origin-is-a-code' };
  await expect
    .poll(async () => (await client.get<GatesReport>('/quality/gates')).gates)
    .toMatchObject([isStopped]);

  // The bad record may have landed before; what comes now does not.
  await expect.poll(() => sink.metric('millrace_sink_held_partitions')).toBe(2);
  const heldAt = await landed();
  expect(heldAt - before).toBeLessThanOrEqual(1);
  await world.send(100, 10);
  await world.send(110, 10);
  await sink.stop();
  sink = await startService('sink', world.env);
  await sink.ready();
  await expect.poll(() => sink.metric('millrace_sink_held_partitions')).toBe(2);
  const lag = `millrace_sink_lag_records{topic="${world.contract.topic.name}",partition="1"}`;
  await expect.poll(() => sink.metric(lag)).toBeGreaterThanOrEqual(10);

  // The door, which was not there when the stream was stopped, takes nothing either.
  const door = await startService('ingest', { ...world.env, MILLRACE_INGEST_HOST: '127.0.0.1' });
  await door.ready();
  const post = (id: string) =>
    fetch(`${door.url}/v1/events/${world.contract.domain}/departed`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...flight(1), flight_id: id, departed_at: '2001-01-01T00:00:00Z' }),
    });
  const refused = await post('D1');
  expect([refused.status, refused.headers.has('retry-after')]).toEqual([503, true]);
  expect(await refused.json()).toMatchObject({
    code: 'ingest.stream-stopped',
    detail: expect.stringContaining('invalidValues of origin'),
  });

  // By now a sink that did not hold them would have landed them long ago: the door has started meanwhile.
  expect(await landed()).toBe(heldAt);
  await client.send('PUT', `/quality/gates/${world.contract.id}`, {
    state: 'open',
    reason: 'mended',
  });
  await expect.poll(landed).toBe(before + 21);
  // The bad record is in the table now, and known: it does not stop the stream again.
  await expect.poll(() => outcomes('origin-is-a-code', 'table', 'new')).toContain('failed');
  const { gates } = await client.get<GatesReport>('/quality/gates');
  expect(gates).toMatchObject([{ state: 'open', by: 'anybody' }]);
  await expect.poll(async () => (await post('D2')).status).toBe(202);
  await door.stop();
});

test('what does not exist and what is no request is told', async () => {
  const codeOf = (work: Promise<unknown>) =>
    work.then(
      () => '',
      (error) => error.code,
    );
  expect(await codeOf(client.get('/quality/results/none/samples'))).toBe('operations.unknown');
  expect(await codeOf(client.get('/quality/results', { hours: 'soon' }))).toBe(
    'operations.request-invalid',
  );
  expect(await codeOf(client.send('POST', '/quality/run', { contract: 'no.such' }))).toBe(
    'operations.unknown',
  );
  expect(
    await codeOf(client.send('PUT', `/quality/gates/${world.contract.id}`, { state: 'ajar' })),
  ).toBe('operations.request-invalid');
});

test('of a change stream the rows after each change are looked at; a deletion and a tombstone are no rows', async () => {
  const { registryUrl } = stackUnderTest();
  const { id: contract, schemaText, topic } = world.airports;
  const row = JSON.parse(schemaText);
  const envelope = JSON.stringify({
    ...{ type: 'record', name: 'Envelope', namespace: 'changes.tests' },
    fields: [
      { name: 'before', type: ['null', row], default: null },
      { name: 'after', type: ['null', `${row.namespace}.${row.name}`], default: null },
      { name: 'op', type: 'string' },
    ],
  });
  const registry = createRegistryClient({ url: registryUrl });
  const { id } = await registry.register(`${topic.name}-value`, envelope);
  const write = compileWriter(envelope);
  const airport = (iata: string, country: string) => ({
    ...{ iata, name: 'n', city: null, state: null, country, latitude: 0, longitude: 0 },
  });
  const change = (before: unknown, after: unknown) => ({
    key: Buffer.from('k'),
    value: frame(id, write({ before, after, op: after === null ? 'd' : 'u' })),
  });
  const send = (records: readonly { key: Buffer; value: Buffer | null }[]) =>
    world.producer.send([{ topic: topic.name, partition: 0, records }]);
  const seen = () => outcomes('country-is-short', 'topic', 'window', contract);
  const good = airport('ABQ', 'USA');
  const bad = airport('XXX', 'somewhere');
  // what was bad before, and what is gone, is not wrong now
  await expect
    .poll(
      async () => {
        await send([change(bad, good), change(bad, null), { key: Buffer.from('k'), value: null }]);
        return seen();
      },
      { interval: 500 },
    )
    .toContain('passed');
  expect(await seen()).not.toContain('failed');
  await send([change(good, bad)]);
  await expect.poll(seen).toContain('failed');
  const failed = (await results('country-is-short', contract)).find(
    ({ outcome }) => outcome === 'failed',
  );
  expect(failed).toMatchObject({ rowsFailed: 1 });
});
