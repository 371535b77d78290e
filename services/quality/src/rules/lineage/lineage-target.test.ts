import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Admin, KafkaConnection } from '@millrace/kafka';
import { expect, onTestFinished, test } from 'vitest';
import { openLineageTargets } from './lineage-target.ts';

/** A receiver that answers with these, one request after the other, and keeps what it was told. */
const startReceiver = async (...answers: readonly number[]) => {
  const told: { readonly authorization: string | undefined; readonly event: unknown }[] = [];
  const server = createServer(async (request: IncomingMessage, response) => {
    told.push({
      authorization: request.headers.authorization,
      event: JSON.parse(await text(request)),
    });
    response.writeHead(answers[told.length - 1] ?? 201).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/lineage`, told };
};

/** An address alone asks nothing of Kafka. */
const targetAt = (openLineageUrl: string) => {
  const settings = { openLineageUrl, openLineageToken: 'secret', openLineageTopic: undefined };
  const [target, ...others] = openLineageTargets(settings, {} as KafkaConnection, {} as Admin);
  expect(others).toEqual([]);
  return target!;
};

test('an address gets each event by itself, in order, with the token; what it will never take does not hold up the others', async () => {
  const receiver = await startReceiver(201, 422, 200);
  await targetAt(receiver.url).take([{ n: 1 }, { n: 2 }, { n: 3 }]);
  expect(receiver.told).toEqual(
    [1, 2, 3].map((n) => ({ authorization: 'Bearer secret', event: { n } })),
  );
});

test('an address that refuses is told without its path and to be tried again; what comes behind waits', async () => {
  const receiver = await startReceiver(503);
  const { origin } = new URL(receiver.url);
  await expect(targetAt(receiver.url).take([{ n: 1 }, { n: 2 }])).rejects.toMatchObject({
    ...{ code: 'operations.openlineage-refused', retryable: true },
    message: `${origin}: HTTP 503`,
  });
  expect(receiver.told).toHaveLength(1);
});

test('what an address does not know it may say so, and what it cannot take now is to be offered again', async () => {
  const receiver = await startReceiver(201, 400, 503, 401);
  const { offer } = targetAt(receiver.url);
  expect(await offer({ n: 1 })).toBe(true);
  expect(await offer({ n: 2 })).toBe(false);
  for (const n of [3, 4])
    await expect(offer({ n })).rejects.toMatchObject({ code: 'operations.openlineage-refused' });
});
