import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { freePorts, requirePort } from './ports.ts';

test('free ports differ and lie below those of outgoing connections', async () => {
  const ports = await freePorts(20);
  expect(new Set(ports).size).toBe(20);
  for (const port of ports) expect(port).toBeGreaterThanOrEqual(10_240);
  for (const port of ports) expect(port).toBeLessThan(60_000);
});

test('a port that somebody listens on is refused with the remedy', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await expect(requirePort('kafka', port)).rejects.toMatchObject({
    code: 'stack.port-busy',
    message: `Port ${port} for kafka is taken by another process: stop that process, or leave the port out and a free one is chosen.`,
  });
  server.close();
  await once(server, 'close');
  await requirePort('kafka', port);
});
