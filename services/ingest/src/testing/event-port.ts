/**
 * The event port before anything reaches Kafka: whatever a request holds is accepted, at once or when the test says so.
 * For tests of what HTTP does alone; the door as a whole is started by its stack tests.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { silentLogger, systemClock } from '@millrace/pipeline';
import { createMetrics } from '@millrace/runtime';
import type { Access } from '../access/open-access.ts';
import { createAccounts } from '../admission/accounts.ts';
import { createByteBudget } from '../byte-budget.ts';
import { createMixedIngest } from '../cloud-events/mixed-request.ts';
import { createAdmission } from '../http/admit.ts';
import { createDecompress } from '../http/decompress.ts';
import { type EventServer, type EventServerOptions, startEventServer } from '../http/server.ts';
import { createTakeRequest } from '../http/take-request.ts';
import { createIngestMetrics } from '../metrics.ts';
import type { IngestPipeline } from '../pipeline.ts';
import type { Stream } from '../stream.ts';
import type { StreamCatalog } from '../stream-catalog.ts';
import type { QueryableWatch } from '../wait/queryable-watch.ts';

const queueBytesMax = 1024 * 1024;
/** Done by `cleanUp`, the last first. */
export const cleanUps: (() => unknown)[] = [];

/** For `afterEach` of who uses this. */
export const cleanUp = async (): Promise<void> => {
  for (const one of cleanUps.splice(0).reverse()) await one();
};

const stream = {
  topic: 'events.shop.orders',
  contract: { id: 'shop.orders', domain: 'shop', name: 'orders', key: [], schemaText: '{}' },
} as unknown as Stream;
const catalog: StreamCatalog = {
  streams: [stream],
  find: (domain, name) => (`${domain}.${name}` === 'shop.orders' ? stream : undefined),
  nearest: () => undefined,
  isOpening: () => false,
};

export const start = async (options: Partial<EventServerOptions> = {}, access?: Access) => {
  const budget = createByteBudget(queueBytesMax);
  const all = createMetrics('ingest');
  const metrics = createIngestMetrics(all, budget.used);
  const held: (() => void)[] = [];
  const state = { hold: false, senders: [] as (string | undefined)[] };
  const ingest: IngestPipeline = async ({ sender }) => {
    state.senders.push(sender?.id);
    if (state.hold) await new Promise<void>((resolve) => held.push(resolve));
    return { kind: 'taken', fates: [{ status: 'accepted' }] };
  };
  const nowMs = () => performance.now();
  const stop = new AbortController();
  const admission = createAdmission({
    access,
    accounts: createAccounts({
      ...{ budget, queueBytesMax, burstSeconds: 2, accountsMax: 100 },
      ...{ nowMs, wallMs: systemClock.nowMs, doors: () => 1 },
    }),
    addressTerms: undefined,
    streamRate: 0,
    burstSeconds: 2,
    doors: () => 1,
    refusalsPerMinute: 1000,
    budget,
    metrics,
    nowMs,
  });
  const bodyBytesMax = 512 * 1024;
  const takeRequest = createTakeRequest({
    ...{ admission, ingest, bodyBytesMax, metrics, clock: systemClock },
    ingestMixed: createMixedIngest({
      ...{ catalog, ingest, eventsMax: 100, bodyBytesMax },
      count: () => undefined,
    }),
    decompress: createDecompress(),
    ...{ watch: undefined as unknown as QueryableWatch, lands: () => false, waitMaxMs: 1000 },
  });
  const server = await startEventServer({
    host: '127.0.0.1',
    port: 0,
    catalog,
    budget,
    bodyBytesMax,
    metrics,
    clock: systemClock,
    logger: silentLogger,
    signal: stop.signal,
    admission,
    takeRequest,
    notifySource: () => false,
    tellOfSource: async () => undefined,
    corsOrigins: [],
    webhookOrigins: [],
    connectionsMax: 100,
    connectionsPerAddress: 100,
    trustedProxies: [],
    headerBytesMax: 8192,
    headerTimeoutMs: 10_000,
    requestTimeoutMs: 60_000,
    keepAliveMs: 5000,
    connectionRequests: 0,
    bodyRateMin: 0,
    tlsCert: undefined,
    tlsKey: undefined,
    tlsClientCa: undefined,
    tlsClientRequired: false,
    ...options,
  });
  cleanUps.push(async () => {
    stop.abort();
    for (const release of held.splice(0)) release();
    await server.close();
  });
  return { server, budget, state, held, render: () => all.render() };
};

/** A bare connection, and all that came back on it. */
export const open = async ({ url }: EventServer) => {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  const seen = { text: '', closed: false };
  socket.on('error', () => undefined);
  socket.on('data', (bytes) => {
    seen.text += bytes.toString();
  });
  socket.on('close', () => {
    seen.closed = true;
  });
  cleanUps.push(() => socket.destroy());
  await once(socket, 'connect');
  return { socket, seen };
};
export const head = (length: number, more = '') =>
  `POST /v1/events/shop/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n${more}\r\n`;
export const whole = `${head(2)}{}`;
export const post = (url: string) =>
  fetch(`${url}/v1/events/shop/orders`, {
    method: 'POST',
    body: '{}',
    headers: { 'content-type': 'application/json' },
  });
