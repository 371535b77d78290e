import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type HttpFaultProxy, type SeenRequest, startHttpFaultProxy } from './http-fault-proxy.ts';

let server: Server;
let proxy: HttpFaultProxy;
let received: string[];

/** Answers every body with the same in capitals, and a header of its own. */
beforeEach(async () => {
  received = [];
  server = createServer(async (request, response) => {
    const body = await text(request);
    received.push(body);
    response.writeHead(200, { 'x-server': 'real' }).end(body.toUpperCase());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  proxy = await startHttpFaultProxy({ target: `http://user:pw@127.0.0.1:${port}/db` });
});
afterEach(async () => {
  await proxy.close();
  server.closeAllConnections();
  server.close();
});

const post = (body: string) => {
  const { origin } = new URL(proxy.url);
  return fetch(`${origin}/?query=${encodeURIComponent(`INSERT ${body}`)}`, {
    method: 'POST',
    body,
  });
};
const saying = (word: string) => (request: SeenRequest) => request.statement.includes(word);

test('what no rule takes passes, answer and headers as they are', async () => {
  proxy.rule(saying('other'), { kind: 'lose-answer' });
  const response = await post('hello');
  expect(await response.text()).toBe('HELLO');
  expect(response.headers.get('x-server')).toBe('real');
  expect(proxy.seen.map(({ statement }) => statement)).toEqual(['INSERT hello']);
});

test('an answer is lost after the server did the work, as often as the rule says', async () => {
  const rule = proxy.rule(saying('a'), { kind: 'lose-answer' }, 2);
  await expect(post('a')).rejects.toThrow();
  await expect(post('a')).rejects.toThrow();
  expect(received).toEqual(['a', 'a']);
  expect(rule.answered()).toBe(2);
  expect(await (await post('a')).text()).toBe('A');
});

test('an answer is held until it is released', async () => {
  const rule = proxy.rule(saying('b'), { kind: 'hold-answer' });
  const answer = post('b');
  await expect.poll(() => rule.answered()).toBe(1);
  rule.release();
  expect(await (await answer).text()).toBe('B');
});

test('a request is kept from the server until it is released', async () => {
  const rule = proxy.rule(saying('c'), { kind: 'hold-request' });
  const answer = post('c');
  await expect.poll(() => rule.taken.length).toBe(1);
  expect(received).toEqual([]);
  rule.release();
  expect(await (await answer).text()).toBe('C');
});

test('another answer is given, with or without the work being done', async () => {
  const answer = { status: 200, headers: { 'x-server': 'none' }, body: 'Code: 241.' };
  proxy.rule(saying('d'), { kind: 'answer', answer });
  proxy.rule(saying('d'), { kind: 'replace-answer', answer });
  for (let time = 0; time < 2; time += 1) {
    const response = await post('d');
    expect(await response.text()).toBe('Code: 241.');
    expect(response.headers.get('x-server')).toBe('none');
  }
  expect(received).toEqual(['d']);
});

test('another server takes over behind the same address', async () => {
  const heir = createServer((_request, response) => response.end('heir')).listen(0, '127.0.0.1');
  await once(heir, 'listening');
  proxy.turnTo(`http://127.0.0.1:${(heir.address() as AddressInfo).port}`);
  expect(await (await post('e')).text()).toBe('heir');
  expect(received).toEqual([]);
  heir.closeAllConnections();
  heir.close();
});
