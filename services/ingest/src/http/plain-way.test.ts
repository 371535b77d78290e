import type { IncomingMessage, ServerResponse } from 'node:http';
import { hashKeyToken, mintKeyToken } from '@millrace/contracts';
import { silentLogger, systemClock } from '@millrace/pipeline';
import { afterEach, expect, test } from 'vitest';
import { createAuthenticator } from '../access/authenticate.ts';
import { createKeyRing } from '../access/key-ring.ts';
import type { Stream } from '../stream.ts';
import { cleanUp, open, start } from '../testing/event-port.ts';
import { createPlainWay, type PlainWayOptions } from './plain-way.ts';

afterEach(cleanUp);

const ring = createKeyRing({});
ring.complete();
const token = mintKeyToken('loader');
ring.put('loader', {
  ...{ id: 'loader', name: 'loader', scopes: ['shop.*'] },
  secrets: [{ sha256: hashKeyToken(token).toString('hex') }],
  limits: { requests: 1000 },
});
const access = {
  authenticator: createAuthenticator({ keys: ring, clock: systemClock }),
  audit: { note: () => undefined, flush: () => undefined },
  uses: { note: () => undefined, flush: async () => undefined },
  close: async () => undefined,
};

const requestText = (path: string, body: string, more: string): string =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${more}\r\n${body}`;

/** What came back, by lines; of what differs from one answer to the next only that it is there. */
const linesOf = (text: string): readonly string[] =>
  text
    .split('\r\n')
    .map((line) => line.replace(/^(date|ratelimit): .*/i, '$1'))
    .sort();

test.each([
  ['an accepted event', '{}', `x-api-key: ${token}\r\n`, 202],
  [
    'one of a sender that asks for the end of the connection',
    '{}',
    `x-api-key: ${token}\r\nConnection: close\r\n`,
    202,
  ],
  ['no key', '{}', '', 401],
  ['a key that is none', '{}', 'x-api-key: mrk_none_0000\r\n', 401],
  ['a coding that nobody knows', '{}', `x-api-key: ${token}\r\nContent-Encoding: lzw\r\n`, 415],
  [
    'a coding that the body does not have',
    '{}',
    `x-api-key: ${token}\r\nContent-Encoding: gzip\r\n`,
    400,
  ],
] as const)(
  '%s is answered alike by the plain way and by fastify',
  async (_what, body, more, status) => {
    const { server, render, budget } = await start({}, access);
    const answers: string[] = [];
    // A query is not plain.
    for (const path of ['/v1/events/shop/orders', '/v1/events/shop/orders?a=b']) {
      const { socket, seen } = await open(server);
      socket.write(requestText(path, body, more));
      await expect.poll(() => seen.text).toMatch(/\r\n\r\n.+/s);
      answers.push(seen.text);
    }
    const [plain, other] = answers as [string, string];
    expect(plain).toContain(`HTTP/1.1 ${status} `);
    expect(linesOf(plain)).toEqual(linesOf(other));
    await expect
      .poll(render)
      .toContain(`millrace_ingest_http_requests_total{status="${status}"} 2`);
    await expect.poll(() => budget.used()).toBe(0);
  },
);

test('a client that leaves in the middle of a body gives back its room', async () => {
  const { server, budget } = await start();
  const { socket } = await open(server);
  socket.write(requestText('/v1/events/shop/orders', 'x'.repeat(1000), '').slice(0, -10));
  await expect.poll(() => budget.used()).toBeGreaterThan(0);
  socket.destroy();
  await expect.poll(() => budget.used()).toBe(0);
});

const orders = { contract: { id: 'shop.orders' } } as unknown as Stream;
const admitted: string[] = [];

const wayOf = (more: Partial<PlainWayOptions> = {}) =>
  createPlainWay({
    catalog: {
      ...{ streams: [orders], nearest: () => undefined, isOpening: () => false },
      find: (domain, name) => (`${domain}.${name}` === 'shop.orders' ? orders : undefined),
    },
    // What is let in never comes back: nothing of it is looked at here.
    admission: {
      admit: (_request: unknown, id: string) => {
        admitted.push(id);
        return new Promise(() => undefined);
      },
    } as unknown as PlainWayOptions['admission'],
    watch: { begin: () => undefined } as unknown as PlainWayOptions['watch'],
    takeRequest: () => Promise.reject(new Error('never')),
    budget: { take: () => true, give: () => undefined, used: () => 0 },
    ...{ bodyBytesMax: 100, corsOrigins: [], trustedProxies: [], logger: silentLogger },
    ...more,
  });

const plainHeaders = { 'content-type': 'application/json', 'content-length': '10' };
const taken = (
  way: ReturnType<typeof wayOf>,
  headers: IncomingMessage['headers'] = plainHeaders,
  { method = 'POST', url = '/v1/events/shop/orders' } = {},
): boolean =>
  way.take({ method, url, headers } as unknown as IncomingMessage, {} as ServerResponse);

test('plain is a post of text of a known length to a stream that is there, and nothing else', () => {
  const way = wayOf();
  expect(taken(way)).toBe(true);
  expect(taken(way, { ...plainHeaders, 'content-type': 'application/x-ndjson' })).toBe(true);
  expect(taken(way, { ...plainHeaders, 'content-type': 'application/json;charset=UTF-8' })).toBe(
    true,
  );
  expect(admitted).toEqual(Array(3).fill('shop.orders'));
  for (const headers of [
    {},
    { 'content-type': 'application/json', 'transfer-encoding': 'chunked' },
    { ...plainHeaders, 'content-type': 'application/json; charset=latin1' },
    { ...plainHeaders, 'content-type': 'application/avro' },
    { ...plainHeaders, 'content-length': '101' },
    { ...plainHeaders, prefer: 'wait=5' },
  ])
    expect([headers, taken(way, headers)]).toEqual([headers, false]);
  for (const target of [
    { method: 'GET' },
    { url: '/v1/events/shop/orders?wait=queryable' },
    { url: '/v1/events/shop/orders/' },
    { url: '/v1/events/shop/%6frders' },
    { url: '/v1/events/shop/nothing' },
    { url: '/v1/events' },
  ])
    expect([target, taken(way, plainHeaders, target)]).toEqual([target, false]);
  way.close();
  expect(taken(way)).toBe(false);
});

test('what pages and proxies say of themselves is fastify’s, where somebody listens to it', () => {
  const origin = { ...plainHeaders, origin: 'https://shop.example' };
  const forwarded = { ...plainHeaders, 'x-forwarded-for': '192.0.2.1' };
  expect(taken(wayOf(), origin)).toBe(true);
  expect(taken(wayOf({ corsOrigins: ['*'] }), origin)).toBe(false);
  expect(taken(wayOf({ corsOrigins: ['*'] }))).toBe(true);
  expect(taken(wayOf(), forwarded)).toBe(true);
  expect(taken(wayOf({ trustedProxies: ['10.0.0.0/8'] }), forwarded)).toBe(false);
  expect(taken(wayOf({ trustedProxies: ['10.0.0.0/8'] }))).toBe(true);
});
