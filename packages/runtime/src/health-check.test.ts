import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { ask, healthUrl } from './health-check.ts';

const words = (...line: readonly string[]) => `${line.join('\0')}\0`;
const env = { MILLRACE_SINK_ADMIN_PORT: '9464', MILLRACE_STREAM_TRANSFORM_ADMIN_PORT: '9465' };

test('the port is that of the service which process 1 was started as', () => {
  const asked = (...line: readonly string[]) => healthUrl(words(...line), env, 'readyz');
  expect(asked('tini', '--', 'millrace', 'sink')).toBe('http://127.0.0.1:9464/readyz');
  expect(asked('node', 'main.ts', 'stream-transform')).toBe('http://127.0.0.1:9465/readyz');
});

test('a command has no port and is well as long as it runs', () => {
  expect(
    healthUrl(words('tini', '--', 'millrace', 'sink', 'status'), env, 'livez'),
  ).toBeUndefined();
  expect(healthUrl(words('tini', '--', 'millrace', '--help'), env, 'livez')).toBeUndefined();
  expect(healthUrl('', env, 'livez')).toBeUndefined();
});

test('an answer of 503 and a port that nobody listens on are not well', async () => {
  let status = 503;
  const server = createServer((_request, response) => response.writeHead(status).end('starting'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/readyz`;
  expect(await ask(url)).toEqual({ ok: false, text: 'starting' });
  status = 200;
  expect(await ask(url)).toEqual({ ok: true, text: 'starting' });
  server.close();
  expect(await ask('http://127.0.0.1:1/readyz')).toMatchObject({ ok: false });
});
