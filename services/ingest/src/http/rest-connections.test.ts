import { systemClock } from '@millrace/pipeline';
import { afterEach, expect, test } from 'vitest';
import { cleanUp, head, open, post, start, whole } from '../testing/event-port.ts';

afterEach(cleanUp);

test('a connection whose body had no room is not read for a moment, and good again after it', async () => {
  const rests: (() => void)[] = [];
  const sleep = () => new Promise<void>((resolve) => rests.push(resolve));
  const { server, budget } = await start({ clock: { ...systemClock, sleep } });
  const room = 1024 * 1024 - budget.used();
  budget.take(room);
  const length = 400_000;
  const { socket, seen } = await open(server);
  socket.write(head(length));
  await expect.poll(() => seen.text).toContain('ingest.queue-full');
  budget.give(room);
  await expect.poll(() => rests.length).toBe(1);
  socket.write(`"${'x'.repeat(length - 2)}"${whole}`);
  // others are answered meanwhile, and this one's next request is not even read
  for (let round = 0; round < 20; round += 1) expect((await post(server.url)).status).toBe(202);
  expect(seen.text).not.toContain('HTTP/1.1 202');
  rests[0]!();
  await expect.poll(() => seen.text).toContain('HTTP/1.1 202');
});
