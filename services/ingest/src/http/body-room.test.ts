import { afterEach, expect, test } from 'vitest';
import { cleanUp, open, start, whole } from '../testing/event-port.ts';

afterEach(cleanUp);

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
