import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createOperationsClient } from './operations-client.ts';

let server: Server | undefined;
afterEach(() => server?.close());

const answering = async (status: number, body: string) => {
  const seen: { url?: string; authorization?: string }[] = [];
  server = createServer((request, response) => {
    const { authorization } = request.headers;
    seen.push({ url: request.url ?? '', ...(authorization !== undefined && { authorization }) });
    response.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { client: createOperationsClient({ url: `http://127.0.0.1:${port}/`, token: 't' }), seen };
};

test('asks below /api/v1 with its token, and leaves out what is not asked for', async () => {
  const { client, seen } = await answering(200, '{"atMs":1}');
  expect(await client.get('/lag', { group: 'a b', topic: undefined })).toEqual({ atMs: 1 });
  expect(seen).toEqual([{ url: '/api/v1/lag?group=a+b', authorization: 'Bearer t' }]);
});

test('an error of the service keeps its code', async () => {
  const { client } = await answering(404, '{"code":"operations.unknown","detail":"no such group"}');
  await expect(client.get('/lag')).rejects.toMatchObject({
    ...{ code: 'operations.unknown', message: 'no such group' },
  });
});

test('what is no answer of the service is told as such, and nobody there as worth another try', async () => {
  const { client } = await answering(200, '<html>');
  await expect(client.get('/lag')).rejects.toMatchObject({ code: 'operations.unexpected-answer' });
  server?.close();
  server?.closeAllConnections();
  await expect(client.get('/lag')).rejects.toMatchObject({
    ...{ code: 'operations.unavailable', retryable: true },
  });
});
