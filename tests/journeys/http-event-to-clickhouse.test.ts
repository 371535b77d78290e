/**
 * Chapter 1: an event's way from a producer to an analyst.
 *
 * The stream is declared in two files and applied with one command. From then on a producer posts JSON, and
 * what the door has acknowledged with 202 is in ClickHouse a moment later, once.
 */
import { type ServiceProcess, startService } from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { beginJourney, type Journey } from './journey-project.ts';

let journey: Journey;
let ingest: ServiceProcess;
let sink: ServiceProcess;

beforeAll(async () => {
  journey = await beginJourney();
  await journey.millrace('contracts', 'apply');
  [ingest, sink] = await Promise.all([
    startService('ingest', journey.env),
    startService('sink', journey.env),
  ]);
  await Promise.all([ingest.ready(), sink.ready()]);
});

afterAll(async () => {
  await Promise.all([ingest?.stop(), sink?.stop()]);
  await journey?.end();
});

const flight = (id: string, change: Record<string, unknown> = {}) => ({
  flight_id: id,
  departed_at: '2001-01-10T18:20:00Z',
  delay_minutes: 25,
  distance_miles: 192,
  origin: 'SAN',
  destination: 'LAX',
  ...change,
});

const post = (body: string, contentType = 'application/json') =>
  fetch(`${ingest.url}/v1/events/${journey.domain}/departed`, {
    method: 'POST',
    headers: { 'content-type': contentType },
    body,
  });

const landed = async (): Promise<string[]> => {
  const rows = await journey.clickhouse.query<{ flight_id: string }>(
    `SELECT flight_id FROM ${journey.domain}_departed ORDER BY flight_id`,
  );
  return rows.map((row) => row.flight_id);
};

test('applying the contracts a second time finds nothing to do', async () => {
  const plan = JSON.parse(await journey.millrace('contracts', 'plan', '--json'));
  expect(plan.steps.filter((step: { kind: string }) => step.kind !== 'unchanged')).toEqual([]);
});

test('one JSON object is accepted and can be queried with its exact values', async () => {
  const answer = await post(JSON.stringify(flight('a-1')));
  expect(answer.status).toBe(202);
  await expect.poll(landed).toContain('a-1');
  const [row] = await journey.clickhouse.query(
    `SELECT departed_at, delay_minutes, distance_miles, origin, destination
     FROM ${journey.domain}_departed WHERE flight_id = 'a-1'`,
  );
  expect(row).toEqual({
    departed_at: '2001-01-10 18:20:00.000',
    delay_minutes: 25,
    distance_miles: 192,
    origin: 'SAN',
    destination: 'LAX',
  });
});

test('a request that waits is answered when its events can be queried, and at its bound when they cannot', async () => {
  const waitFor = async (id: string, query: string, headers: Record<string, string> = {}) => {
    const answer = await fetch(`${ingest.url}/v1/events/${journey.domain}/departed${query}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(flight(id)),
    });
    return { status: answer.status, headers: answer.headers, body: await answer.json() };
  };
  for (const id of ['w-1', 'w-2', 'w-1']) {
    const answer = await waitFor(id, '?wait=queryable&timeout=30s');
    expect(answer).toMatchObject({ status: 200, body: { accepted: 1, queryable: true } });
    expect(await landed()).toContain(id);
  }
  const preferred = await waitFor('w-3', '', { prefer: 'wait=30' });
  expect(preferred.headers.get('preference-applied')).toBe('wait=30');
  expect(await landed()).toContain('w-3');
  expect(await waitFor('w-4', '?wait=soon')).toMatchObject({
    status: 400,
    body: { code: 'ingest.wait-unavailable' },
  });
  sink.kill('SIGSTOP');
  const bounded = await waitFor('w-4', '?wait=queryable&timeout=200ms');
  sink.kill('SIGCONT');
  expect(bounded).toMatchObject({ status: 202, body: { accepted: 1, queryable: false } });
  await expect.poll(landed).toContain('w-4');
});

test('an array and NDJSON are accepted whole', async () => {
  const array = await post(JSON.stringify([flight('b-1'), flight('b-2')]));
  const lines = [flight('c-1'), flight('c-2')].map((each) => JSON.stringify(each)).join('\n');
  const ndjson = await post(lines, 'application/x-ndjson');
  expect([array.status, ndjson.status]).toEqual([202, 202]);
  await expect.poll(landed).toEqual(expect.arrayContaining(['b-1', 'b-2', 'c-1', 'c-2']));
});

test('a bad record is named by path and does not take the good ones with it', async () => {
  const answer = await post(
    JSON.stringify([flight('d-1'), flight('d-2', { delay_minutes: 'late' }), flight('d-3')]),
  );
  expect(answer.status).toBe(207);
  const text = await answer.text();
  expect(text).toContain('/delay_minutes');
  await expect.poll(landed).toEqual(expect.arrayContaining(['d-1', 'd-3']));
  expect(await landed()).not.toContain('d-2');
});

test('an event sent again with the same id stays one fact', async () => {
  expect((await post(JSON.stringify(flight('e-1')))).status).toBe(202);
  expect((await post(JSON.stringify(flight('e-1')))).status).toBe(202);
  expect((await post(JSON.stringify(flight('e-2')))).status).toBe(202);
  await expect.poll(landed).toContain('e-2');
  expect((await landed()).filter((id) => id === 'e-1')).toEqual(['e-1']);
});
