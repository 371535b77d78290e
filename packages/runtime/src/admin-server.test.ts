import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { startAdminServer } from './admin-server.ts';
import { createMetrics } from './metrics/metrics.ts';

const start = async () => {
  const server = await startAdminServer({
    port: 0,
    metrics: createMetrics('probe'),
    readiness: () => true,
  });
  onTestFinished(() => server.close());
  return server;
};

/** Asks and listens; `lines` grows with what is told. */
const listen = async (url: string) => {
  const request = get(`${url}/alive`, { agent: false });
  onTestFinished(() => void request.destroy());
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  let text = '';
  let isOpen = true;
  response.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  response
    .on('error', () => undefined)
    .on('close', () => {
      isOpen = false;
    });
  return {
    status: response.statusCode,
    lines: () => text.split('\n').slice(0, -1),
    isOpen: () => isOpen,
  };
};

test('/alive says who the process is, then what it tells, until it ends; each start is another one', async () => {
  const { url, presence, close } = await start();
  expect(url).toMatch(new RegExp(`:${presence.port}$`));
  const [first, second] = [await listen(url), await listen(url)];
  await expect
    .poll(() => [...first.lines(), ...second.lines()])
    .toEqual([presence.identity, presence.identity]);
  presence.tell('something');
  await expect.poll(first.lines).toEqual([presence.identity, 'something']);
  await expect.poll(second.lines).toEqual([presence.identity, 'something']);
  expect((await start()).presence.identity).not.toBe(presence.identity);
  await close();
  await expect.poll(() => [first.isOpen(), second.isOpen()]).toEqual([false, false]);
});

test('/alive takes so many listeners and refuses others until one goes', async () => {
  const { url } = await start();
  const listening = await Promise.all(Array.from({ length: 256 }, () => listen(url)));
  expect(listening.every(({ status }) => status === 200)).toBe(true);
  expect((await listen(url)).status).toBe(503);
});
