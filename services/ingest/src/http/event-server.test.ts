import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import { hashKeyToken, mintKeyToken } from '@millrace/contracts';
import { silentLogger, systemClock } from '@millrace/pipeline';
import { createMetrics } from '@millrace/runtime';
import { createManualClock } from '@millrace/testkit';
import { afterEach, expect, test } from 'vitest';
import { createAuthenticator } from '../access/authenticate.ts';
import { createKeyRing } from '../access/key-ring.ts';
import type { Access } from '../access/open-access.ts';
import { createAccounts } from '../admission/accounts.ts';
import { createByteBudget } from '../byte-budget.ts';
import { createMixedIngest } from '../cloud-events/mixed-request.ts';
import { createIngestMetrics } from '../metrics.ts';
import type { IngestPipeline } from '../pipeline.ts';
import type { Stream } from '../stream.ts';
import type { StreamCatalog } from '../stream-catalog.ts';
import {
  caCert,
  doorCert,
  doorKey,
  falseLoaderCert,
  falseLoaderKey,
  loaderCert,
  loaderKey,
  renewedDoorCert,
  renewedDoorKey,
} from '../testing/certificates.ts';
import type { QueryableWatch } from '../wait/queryable-watch.ts';
import { createAdmission } from './admit.ts';
import { createDecompress } from './decompress.ts';
import { type EventServer, type EventServerOptions, startEventServer } from './server.ts';
import { createTakeRequest } from './take-request.ts';

/** The event port before anything reaches Kafka: whatever a request holds is accepted. */
const queueBytesMax = 1024 * 1024;
const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

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

const start = async (options: Partial<EventServerOptions> = {}, access?: Access) => {
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
      ...{ nowMs, wallMs: systemClock.nowMs },
    }),
    addressTerms: undefined,
    streamRate: 0,
    burstSeconds: 2,
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
const open = async ({ url }: EventServer) => {
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
const head = (length: number, more = '') =>
  `POST /v1/events/shop/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n${more}\r\n`;
const whole = `${head(2)}{}`;
const post = (url: string) =>
  fetch(`${url}/v1/events/shop/orders`, {
    method: 'POST',
    body: '{}',
    headers: { 'content-type': 'application/json' },
  });

test('headers and bodies that drip are ended with 408, while others are answered', async () => {
  const { server, budget } = await start({ headerTimeoutMs: 500, bodyRateMin: 4096 });
  const dripping = await Promise.all(Array.from({ length: 20 }, () => open(server)));
  const drip = setInterval(() => {
    for (const { socket } of dripping) if (socket.writable) socket.write('X');
  }, 100);
  cleanUps.push(() => clearInterval(drip));
  for (const [index, { socket }] of dripping.entries())
    socket.write(index % 2 === 0 ? 'POST /v1/events/shop/orders HTTP/1.1\r\nX-Slow: ' : head(1000));
  expect((await post(server.url)).status).toBe(202);
  await expect.poll(() => dripping.every(({ seen }) => seen.closed)).toBe(true);
  for (const { seen } of dripping) {
    expect(seen.text).toContain('HTTP/1.1 408');
    expect(seen.text).toContain('ingest.request-too-slow');
  }
  expect((await post(server.url)).status).toBe(202);
  await expect.poll(() => budget.used()).toBe(0);
});

test('connections beyond the bound, and beyond an address’s, are closed as they come', async () => {
  for (const [limits, reason] of [
    [{ connectionsMax: 5 }, 'total'],
    [{ connectionsPerAddress: 5 }, 'address'],
  ] as const) {
    const { server, render } = await start(limits);
    const sender = await open(server);
    const more = await Promise.all(
      Array.from({ length: 30 }, () => open(server).catch(() => undefined)),
    );
    await expect
      .poll(() => more.filter((one) => one === undefined || one.seen.closed).length)
      .toBe(26);
    sender.socket.write(whole);
    await expect.poll(() => sender.seen.text).toContain('202');
    const text = await render();
    expect(text).toContain(`millrace_ingest_refused_connections_total{reason="${reason}"} 26`);
    expect(text).toContain('millrace_ingest_open_connections 5');
    for (const one of more) one?.socket.destroy();
    // Room again.
    await expect
      .poll(async () => {
        const late = await open(server);
        late.socket.write(whole);
        await expect.poll(() => late.seen.text !== '' || late.seen.closed).toBe(true);
        return late.seen.text;
      })
      .toContain('202');
  }
});

test('connections of a trusted proxy are not one client’s', async () => {
  const { server } = await start({ connectionsPerAddress: 2, trustedProxies: ['127.0.0.0/8'] });
  const connections = await Promise.all(Array.from({ length: 10 }, () => open(server)));
  for (const { socket } of connections) socket.write(whole);
  for (const { seen } of connections) await expect.poll(() => seen.text).toContain('202');
});

test('a client that pipelines without end is told so, and what it sent before is answered', async () => {
  const { server, state, held, budget } = await start();
  state.hold = true;
  const { socket, seen } = await open(server);
  socket.write(whole.repeat(200));
  await expect.poll(() => held.length).toBe(32);
  // A tiny request holds more than its bytes: a flood of them is bounded, too.
  expect(budget.used()).toBeGreaterThanOrEqual(32 * 2048);
  for (const release of held.splice(0)) release();
  await expect.poll(() => seen.closed).toBe(true);
  expect(seen.text.split('HTTP/1.1 202').length - 1).toBe(32);
  expect(seen.text).toContain('ingest.pipelining-exceeded');
  await expect.poll(() => budget.used()).toBe(0);
});

test.each([
  [
    'a header of 20 KB',
    `GET / HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(20_000)}\r\n\r\n`,
    '431',
  ],
  ['no HTTP', 'hello\r\n\r\n', '400'],
  ['a length that is none', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: a\r\n\r\n', '400'],
  [
    'two lengths',
    'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n',
    '400',
  ],
])('%s is answered with problem details and the connection ends', async (_what, text, status) => {
  const { server } = await start();
  const { socket, seen } = await open(server);
  socket.write(text);
  await expect.poll(() => seen.closed).toBe(true);
  expect(seen.text).toMatch(new RegExp(`^HTTP/1.1 ${status} .*application/problem\\+json`, 's'));
});

test('a connection ends after as many requests as it may carry', async () => {
  const { server } = await start({ connectionRequests: 3 });
  const { socket, seen } = await open(server);
  for (let sent = 1; sent <= 3; sent += 1) {
    socket.write(whole);
    await expect.poll(() => seen.text.split('HTTP/1.1 202').length - 1).toBe(sent);
  }
  await expect.poll(() => seen.closed).toBe(true);
});

const accessWith = (ring: ReturnType<typeof createKeyRing>): Access => ({
  authenticator: createAuthenticator({ keys: ring, clock: systemClock }),
  audit: { note: () => undefined, flush: () => undefined },
  uses: { note: () => undefined, flush: async () => undefined },
  close: async () => undefined,
});

test('a greedy sender is refused while another one gets in', async () => {
  const ring = createKeyRing({});
  ring.complete();
  const tokens = ['greedy', 'modest'].map((id) => {
    const token = mintKeyToken(id);
    const sha256 = hashKeyToken(token).toString('hex');
    ring.put(id, { id, name: id, scopes: ['*'], secrets: [{ sha256 }] });
    return token;
  });
  const { server, state, held } = await start({}, accessWith(ring));
  state.hold = true;
  const send = (token: string) =>
    fetch(`${server.url}/v1/events/shop/orders`, {
      method: 'POST',
      body: `"${'x'.repeat(100_000)}"`,
      headers: { 'content-type': 'application/json', 'x-api-key': token },
    });
  const greedy = Array.from({ length: 12 }, () => send(tokens[0]!));
  const refused = await Promise.race(greedy);
  expect(refused.status).toBe(503);
  expect(await refused.json()).toMatchObject({ code: 'ingest.share-exceeded' });
  expect(refused.headers.get('retry-after')).toBe('2');
  const modest = send(tokens[1]!);
  await expect.poll(() => state.senders).toContain('modest');
  state.hold = false;
  for (const release of held.splice(0)) release();
  expect((await modest).status).toBe(202);
  await Promise.all(greedy);
});

test('a body of unknown length takes room as it comes: what is too much is turned away in its middle, and small ones are let in beside it', async () => {
  const { server, budget, state, held, render } = await start();
  state.hold = true;
  const chunked =
    'POST /v1/events/shop/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n';
  const chunk = `${(100_000).toString(16)}\r\n${'x'.repeat(100_000)}\r\n`;
  // All of them may become as large as a body may be, and together they hold next to nothing.
  const small = await Promise.all(Array.from({ length: 20 }, () => open(server)));
  for (const { socket } of small) socket.write(`${chunked}2\r\n{}\r\n0\r\n\r\n`);
  await expect.poll(() => held.length).toBe(20);
  const large = await open(server);
  large.socket.write(chunked + chunk.repeat(2));
  await expect.poll(() => budget.used()).toBeGreaterThan(600_000);
  expect(large.seen.text).toBe('');
  large.socket.write(`${chunk.repeat(2)}0\r\n\r\n`);
  await expect.poll(() => large.seen.text).toContain('ingest.queue-full');
  expect(large.seen.text).toMatch(/^HTTP\/1\.1 503 .*retry-after: 2/s);
  for (const release of held.splice(0)) release();
  for (const { seen } of small) await expect.poll(() => seen.text).toContain('HTTP/1.1 202');
  await expect.poll(() => budget.used()).toBe(0);
  // The connection is good for the next request: the rest of the body was read and passed over.
  state.hold = false;
  large.socket.write(whole);
  await expect.poll(() => large.seen.text).toContain('HTTP/1.1 202');
  await expect.poll(render).toContain('millrace_ingest_http_requests_total{status="202"} 21');
  expect(await render()).toContain('millrace_ingest_http_requests_total{status="503"} 1');
});

interface TlsAnswer {
  readonly status: number | undefined;
  readonly door: PeerCertificate;
}

const postTls = (
  server: EventServer,
  client: { readonly cert?: string; readonly key?: string } = {},
): Promise<TlsAnswer> =>
  new Promise((resolve, reject) => {
    const request = httpsRequest(
      `${server.url}/v1/events/shop/orders`,
      {
        ...{ method: 'POST', ca: caCert, agent: false, ...client },
        headers: { 'content-type': 'application/json' },
      },
      (response) => {
        const door = (response.socket as TLSSocket).getPeerCertificate();
        response.resume();
        response.once('end', () => resolve({ status: response.statusCode, door }));
      },
    );
    request.once('error', reject);
    request.end('{}');
  });

const tlsFiles = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-tls-'));
  cleanUps.push(() => rm(folder, { recursive: true }));
  const files = { tlsCert: join(folder, 'cert'), tlsKey: join(folder, 'key') };
  await writeFile(files.tlsCert, doorCert);
  await writeFile(files.tlsKey, doorKey);
  await writeFile(join(folder, 'ca'), caCert);
  return { ...files, tlsClientCa: join(folder, 'ca') };
};

test('a client certificate of the CA is the key that names it, by either of its names', async () => {
  const ring = createKeyRing({});
  ring.complete();
  ring.put('mtls', { id: 'mtls', name: 'loader', scopes: ['*'], certificate: 'CN=loader' });
  const files = await tlsFiles();
  const { server, state } = await start(files, accessWith(ring));
  const loader = { cert: loaderCert, key: loaderKey };
  expect(await postTls(server, loader)).toMatchObject({ status: 202 });
  expect(state.senders).toEqual(['mtls']);
  ring.put('mtls', {
    ...{ id: 'mtls', name: 'loader', scopes: ['*'] },
    certificate: 'URI:spiffe://millrace/loader',
  });
  expect(await postTls(server, loader)).toMatchObject({ status: 202 });
  // The same name from a CA that nobody trusts, and none at all.
  expect(await postTls(server, { cert: falseLoaderCert, key: falseLoaderKey })).toMatchObject({
    status: 401,
  });
  expect(await postTls(server)).toMatchObject({ status: 401 });
  ring.put('mtls', undefined);
  expect(await postTls(server, loader)).toMatchObject({ status: 401 });
  const strict = await start({ ...files, tlsClientRequired: true }, accessWith(ring));
  await expect(postTls(strict.server)).rejects.toThrow();
  // Plain HTTP on the TLS port.
  await expect(post(server.url.replace('https', 'http'))).rejects.toThrow();
});

test('a renewed certificate is used without a restart; one that does not fit its key is waited for', async () => {
  const files = await tlsFiles();
  const clock = createManualClock();
  const { server } = await start({ ...files, clock });
  const subject = async () => (await postTls(server)).door.subject.CN;
  expect(await subject()).toBe('door');
  const look = async () => {
    await expect.poll(() => clock.sleeping()).toBe(1);
    await clock.advance(500);
    await expect.poll(() => clock.sleeping()).toBe(1);
  };
  await writeFile(files.tlsCert, renewedDoorCert);
  await look();
  expect(await subject()).toBe('door');
  await writeFile(files.tlsKey, renewedDoorKey);
  await look();
  expect(await subject()).toBe('door renewed');
});

test.each([
  ['a certificate without its key', { tlsCert: '/nowhere' }],
  ['a file that is not there', { tlsCert: '/nowhere', tlsKey: '/nowhere' }],
  ['a client CA without TLS', { tlsClientCa: '/nowhere' }],
  ['client certificates required of no CA', { tlsCert: 'x', tlsKey: 'x', tlsClientRequired: true }],
])('%s is refused at the start', async (_what, files) => {
  await expect(start(files)).rejects.toMatchObject({ code: 'config.access-invalid' });
});
