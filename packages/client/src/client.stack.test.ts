/** The client against the real door and Kafka, with a proxy between them that breaks what it is told to. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createEventProject,
  type EventProject,
  type HttpFaultProxy,
  type ServiceProcess,
  stackUnderTest,
  startHttpFaultProxy,
  startService,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient } from './client.ts';
import { fileStore } from './node/file-store.ts';
import type { ClientOptions, Retry } from './options.ts';

let project: EventProject;
let door: ServiceProcess;
let proxy: HttpFaultProxy;
let directory: string;

beforeAll(async () => {
  project = await createEventProject(stackUnderTest());
  door = await startService('ingest', { ...project.env, MILLRACE_INGEST_DRAIN: '10ms' });
  await door.ready();
  proxy = await startHttpFaultProxy({ target: door.url });
  directory = await mkdtemp(join(tmpdir(), 'millrace-client-'));
});
afterAll(async () => {
  await proxy?.close();
  await door?.stop();
  await project?.remove();
  await rm(directory, { recursive: true });
});

const clientOf = (options: Partial<ClientOptions> = {}) =>
  createClient({ url: proxy.url, lingerMs: 1, backoffMs: 5, batchEvents: 20, ...options });
const readings = () => `${project.domain}.readings`;
const orders = () => `${project.domain}.orders`;
/** Readings carry no id of their own: what makes them once on the topic is the batch's key. */
const sendReadings = (client: ReturnType<typeof clientOf>, sensor: string, count: number) =>
  Promise.all(
    Array.from({ length: count }, (_, value) => client.send(readings(), { sensor, value })),
  );
const valuesOf = async (sensor: string) =>
  (await project.records('readings'))
    .filter(({ key }) => key?.toString() === sensor)
    // Framed Avro: schema id, the sensor's length and text, then the value as a double.
    .map(({ value }) => value!.readDoubleLE(6 + sensor.length));
const isPost = ({ method }: { readonly method: string }) => method === 'POST';

test('a batch that the door took and whose answer was lost is on the topic once', async () => {
  const lost = proxy.rule(isPost, { kind: 'lose-answer' }, 2);
  const client = clientOf();
  const results = await sendReadings(client, 'lost', 50);
  expect(lost.answered()).toBe(2);
  expect(
    results.map(({ status }) => status).filter((status) => status === 'duplicate').length,
  ).toBe(20);
  expect(await valuesOf('lost')).toEqual(Array.from({ length: 50 }, (_, value) => value));
  await client.close();
});

test('what the door refuses comes back with its problems; the events beside it are on the topic', async () => {
  const client = clientOf();
  const results = await Promise.all([
    client.send(orders(), { order_id: 'good', amount: 1, placed_at: 0 }),
    client.send(orders(), { order_id: 'bad', amount: 'much', placed_at: 0 }),
  ]);
  expect(results).toMatchObject([
    { status: 'accepted' },
    { status: 'rejected', code: 'ingest.event-invalid', problems: [{ path: '/amount' }] },
  ]);
  expect(await client.send('no.stream', {})).toMatchObject({ code: 'ingest.stream-unknown' });
  expect(await project.ids('orders')).toEqual(['good']);
  await client.close();
});

test('a beacon is on the topic once, and so is the same batch sent later by its key; which were there is told', async () => {
  const post = async (path: string, lines: readonly object[], headers: Record<string, string>) => {
    const body = lines.map((line) => JSON.stringify(line)).join('\n');
    const answer = await fetch(door.url + path, { method: 'POST', body, headers });
    return { status: answer.status, body: await answer.json() };
  };
  const lines = [1, 2].map((value) => ({ sensor: 'beacon', value }));
  const text = { 'content-type': 'text/plain' };
  const beacon = `${project.readings}?idempotency-key=left-page`;
  expect(await post(beacon, lines, text)).toEqual({ status: 202, body: { accepted: 2 } });
  const later = { 'content-type': 'application/x-ndjson', 'idempotency-key': 'left-page' };
  const more = [...lines, { sensor: 'beacon', value: 3 }];
  expect(await post(project.readings, more, later)).toEqual({
    status: 202,
    body: {
      accepted: 3,
      duplicates: 2,
      results: [
        { index: 0, status: 'accepted', duplicate: true },
        { index: 1, status: 'accepted', duplicate: true },
        { index: 2, status: 'accepted' },
      ],
    },
  });
  expect((await valuesOf('beacon')).toSorted()).toEqual([1, 2, 3]);
});

test('503 and 429 are waited out, as Retry-After says', async () => {
  const answer = (status: number, wait: string) =>
    proxy.rule(isPost, { kind: 'answer', answer: { status, headers: { 'retry-after': wait } } });
  answer(503, '0.2');
  answer(429, '0.1');
  const retries: Retry[] = [];
  const client = clientOf({ onRetry: (retry) => retries.push(retry) });
  await sendReadings(client, 'patient', 3);
  expect(retries.map(({ cause }) => cause)).toEqual(['503', '429']);
  expect(retries[0]?.delayMs).toBeGreaterThanOrEqual(200);
  expect(await valuesOf('patient')).toEqual([0, 1, 2]);
  await client.close();
});

test('events that are queued in files while the door is away are all on the topic, in order, by the next process', async () => {
  const away = clientOf({ url: 'http://127.0.0.1:1', store: fileStore({ directory }) });
  for (let value = 0; value < 100; value += 1)
    expect(await away.enqueue(readings(), { sensor: 'stored', value })).toEqual({
      status: 'queued',
      durable: true,
    });
  await away.close({ timeoutMs: 0 });
  const lost = proxy.rule(isPost, { kind: 'lose-answer' });
  const back = clientOf({ store: fileStore({ directory }) });
  await back.send(readings(), { sensor: 'stored', value: 100 });
  await back.close();
  expect(lost.answered()).toBe(1);
  expect(await valuesOf('stored')).toEqual(Array.from({ length: 101 }, (_, value) => value));
});
