/**
 * 100,000 connections that never finish a header are opened against the door, out of six processes and 200 addresses,
 * while senders on connections of their own go on. The door holds as many as it is told, closes the others as they
 * come, ends the held ones after its header timeout, and its memory is bounded.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type RunningStack, type StackEndpoints, startStack } from '@millrace/stack';
import {
  createEventProject,
  type EventProject,
  type ServiceProcess,
  sendEventLoad,
  startService,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

const processes = 6;
const connectionsEach = 16_700;
const heldMax = 8000;

let stack: RunningStack | undefined;
let project: EventProject;
let door: ServiceProcess;

const endpoints = async (): Promise<StackEndpoints> => {
  const { MILLRACE_KAFKA_BROKERS: kafkaBrokers, MILLRACE_REGISTRY_URL: registryUrl } = process.env;
  if (kafkaBrokers !== undefined && registryUrl !== undefined)
    return { kafkaBrokers, registryUrl, postgresUrl: '', clickhouseUrl: '' };
  stack = await startStack({ backend: 'embedded' });
  return stack.endpoints;
};

beforeAll(async () => {
  project = await createEventProject(await endpoints());
  door = await startService('ingest', {
    ...project.env,
    MILLRACE_INGEST_CONNECTIONS_MAX: String(heldMax),
    MILLRACE_INGEST_HEADER_TIMEOUT: '20s',
  });
  await door.ready();
});
afterAll(async () => {
  await door?.stop();
  await project?.remove();
  await stack?.stop();
});

const residentBytes = (field: 'VmRSS' | 'VmHWM') =>
  Number(
    new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${door.pid}/status`, 'utf8'))?.[1],
  ) * 1024;

interface FloodReport {
  readonly tried: number;
  readonly openMax: number;
}

test('100,000 connections that drip neither stop other senders nor fill the door’s memory', async () => {
  let flooded = false;
  const load = sendEventLoad({
    url: () => door.url,
    path: project.orders,
    connections: 4,
    eventsPerRequest: 20,
    event: (id) => ({ order_id: id, amount: 1, placed_at: 0 }),
    done: () => flooded,
    retry: false,
  });
  const topic = `events.${project.domain}.orders`;
  const accepted = () => door.metric(`millrace_ingest_accepted_events_total{topic="${topic}"}`);
  await expect.poll(accepted).toBeGreaterThan(1000);
  const before = residentBytes('VmRSS');

  const program = fileURLToPath(new URL('./flood-connections.ts', import.meta.url));
  const port = new URL(door.url).port;
  const children = Array.from({ length: processes }, (_, index) =>
    fork(program, [port, String(connectionsEach), String(index + 10)]),
  );
  const reports = await Promise.all(
    children.map(async (child) => (await once(child, 'message'))[0] as FloodReport),
  );
  const tried = reports.reduce((sum, report) => sum + report.tried, 0);
  const refused = await door.metric('millrace_ingest_refused_connections_total{reason="total"}');
  const peak = residentBytes('VmHWM');
  console.log({
    tried,
    refused,
    residentBeforeMb: Math.round(before / 1e6),
    residentPeakMb: Math.round(peak / 1e6),
    acceptedEvents: await accepted(),
  });
  expect(tried).toBeGreaterThanOrEqual(100_000);
  expect(refused).toBeGreaterThan(0);
  expect(await door.metric('millrace_ingest_open_connections')).toBeLessThanOrEqual(heldMax);
  // 8,000 connections held: some 15 KB each beside what the door took before.
  expect(peak).toBeLessThan(before + 300e6);

  // Those that were held end by themselves, and whoever comes now gets in.
  await expect
    .poll(() => door.metric('millrace_ingest_open_connections'), { interval: 500 })
    .toBeLessThan(100);
  flooded = true;
  const report = await load;
  expect(report.cut).toBe(0);
  expect(report.refused).toBe(0);
  for (const child of children) child.send('end');
  expect((await project.ids('orders')).toSorted()).toEqual(report.accepted.toSorted());
});
