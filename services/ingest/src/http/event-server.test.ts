import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import { hashKeyToken, mintKeyToken } from '@millrace/contracts';
import { systemClock } from '@millrace/pipeline';
import { createManualClock } from '@millrace/testkit';
import { afterEach, expect, test } from 'vitest';
import { createAuthenticator } from '../access/authenticate.ts';
import { createKeyRing } from '../access/key-ring.ts';
import type { Access } from '../access/open-access.ts';
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
import { cleanUp, cleanUps, head, open, post, start, whole } from '../testing/event-port.ts';
import type { EventServer } from './server.ts';

afterEach(cleanUp);

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
