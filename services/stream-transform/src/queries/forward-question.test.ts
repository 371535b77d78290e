import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createForwardingAsk, FORWARDED_HEADER } from './forward-question.ts';
import type { StateAnswer } from './state-question.ts';

const question = { transform: 't', store: 's', key: 'k', limit: 100 };
const self = 'http://self';

/** An instance that answers so, and what it was asked. */
const instance = async (status: number, body: string) => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers[FORWARDED_HEADER]}`);
    response.writeHead(status).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, asked };
};

/** Where nobody listens. */
const nowhere = async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${port}`;
};

const asking = (own: StateAnswer) => createForwardingAsk({ ask: async () => own, endpoint: self });

const elsewhere = (places: object): StateAnswer => ({
  ...{ status: 421, body: { partition: 1, error: 'elsewhere', ...places } },
});

test('what this instance can answer is asked of nobody else', async () => {
  const own: StateAnswer = { status: 404, body: { partition: 1 } };
  expect(await asking(own)(question, '/state/t/s/k')).toBe(own);
});

test('the owner is asked once, told that it is the last, and its answer is passed on', async () => {
  const owner = await instance(200, '{"value":7}');
  const ask = asking(elsewhere({ owner: owner.url, standbys: [] }));
  expect(await ask(question, '/state/t/s/k?limit=3')).toEqual({ status: 200, body: { value: 7 } });
  expect(owner.asked).toEqual(['/state/t/s/k?limit=3 1']);
});

test('an owner that is away is 503, unless a copy may answer', async () => {
  const standby = await instance(200, '{"value":6,"stale":{"lagRecords":1}}');
  const owner = await nowhere();
  const ask = asking(elsewhere({ owner, standbys: [standby.url] }));
  const refused = await ask(question, '/state/t/s/k');
  expect(refused).toMatchObject({ status: 503, body: { partition: 1, owner } });
  expect(refused.body['error']).toContain('ECONNREFUSED');
  const stale = await ask({ ...question, stale: true }, '/state/t/s/k?stale=true');
  expect(stale).toMatchObject({ status: 200, body: { value: 6 } });
});

test('what is no answer to the question is not passed on', async () => {
  for (const [status, body] of [
    [500, '{}'],
    [200, 'hello'],
    [302, '{}'],
  ] as const) {
    const owner = await instance(status, body);
    const ask = asking(elsewhere({ owner: owner.url }));
    expect(await ask(question, '/')).toMatchObject({ status: 503 });
  }
});

test('a task that the group has just given to this instance, or to nobody, is asked for again later', async () => {
  for (const places of [{ owner: self, standbys: [] }, {}]) {
    expect(await asking(elsewhere(places))(question, '/')).toMatchObject({ status: 503 });
  }
});
