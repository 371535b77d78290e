import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';

let server: Server;
let proxy: FaultProxy;
let received: string;

/** Answers every piece with the same in capitals. */
beforeEach(async () => {
  received = '';
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      received += chunk.toString();
      socket.write(chunk.toString().toUpperCase());
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy = await startFaultProxy({ target: `127.0.0.1:${(server.address() as AddressInfo).port}` });
});
afterEach(async () => {
  await proxy.close();
  server.close();
});

async function open(): Promise<{ socket: Socket; answered(): string; closed(): boolean }> {
  const socket = connect(proxy.port, '127.0.0.1');
  let answered = '';
  let closed = false;
  socket.on('data', (chunk) => {
    answered += chunk.toString();
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    closed = true;
  });
  await new Promise<void>((resolve) => {
    socket.once('connect', resolve).once('close', () => resolve());
  });
  return { socket, answered: () => answered, closed: () => closed };
}

test('requests and answers pass', async () => {
  const client = await open();
  client.socket.write('hello');
  await expect.poll(client.answered).toBe('HELLO');
  expect(proxy.connections()).toBe(1);
});

test('a cut resets what is open and refuses what is new, until it is restored', async () => {
  const client = await open();
  proxy.cut();
  await expect.poll(client.closed).toBe(true);
  const refused = await open();
  await expect.poll(refused.closed).toBe(true);
  proxy.restore();
  const again = await open();
  again.socket.write('again');
  await expect.poll(again.answered).toBe('AGAIN');
});

test('what is stalled arrives when it is restored', async () => {
  const client = await open();
  proxy.stall();
  client.socket.write('later');
  const other = await open();
  other.socket.write('too');
  await expect.poll(() => proxy.connections()).toBe(2);
  expect(received).toBe('');
  proxy.restore();
  await expect.poll(client.answered).toBe('LATER');
  await expect.poll(other.answered).toBe('TOO');
});

test('dropped answers are lost for good, though the request arrived', async () => {
  const client = await open();
  proxy.dropResponses();
  client.socket.write('lost');
  await expect.poll(() => proxy.droppedBytes()).toBe(4);
  expect(received).toBe('lost');
  proxy.restore();
  client.socket.write('next');
  await expect.poll(client.answered).toBe('NEXT');
});

test('a delay holds every piece back in both directions', async () => {
  proxy.delay(40);
  const client = await open();
  const began = performance.now();
  client.socket.write('slow');
  await expect.poll(client.answered, { interval: 5 }).toBe('SLOW');
  expect(performance.now() - began).toBeGreaterThanOrEqual(78);
});
