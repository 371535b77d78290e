import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { createPortGiver, freePorts, requirePort } from './ports.ts';

test('free ports differ and lie below those of outgoing connections', async () => {
  const ports = await freePorts(20);
  expect(new Set(ports).size).toBe(20);
  for (const port of ports) expect(port).toBeGreaterThanOrEqual(10_240);
  for (const port of ports) expect(port).toBeLessThan(60_000);
});

/** Above what Linux gives to outgoing connections. */
const blockOfOurOwn = () => {
  const from = randomInt(61_000, 65_000);
  return { from, to: from + 32 };
};

test('a port whose server does not listen, yet or for now, is given to nobody else', async () => {
  const oneBlock = blockOfOurOwn();
  const ports = await createPortGiver(oneBlock)(5);
  expect(ports.every((port) => port > oneBlock.from && port < oneBlock.to)).toBe(true);
  await expect(createPortGiver(oneBlock)(1)).rejects.toMatchObject({ code: 'stack.port-busy' });
});

test('nor one on which another process listens', async () => {
  const { from, to } = blockOfOurOwn();
  const server = createServer().listen(from + 1, '127.0.0.1');
  await once(server, 'listening');
  expect(await createPortGiver({ from, to })(1)).toEqual([from + 2]);
  server.close();
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
