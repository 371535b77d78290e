/**
 * A process that puts numbers into the queue without end and prints each once it is there; for a test to kill. The door
 * that it names is away.
 */
import { createClient } from '../client.ts';
import { fileStore } from '../node/file-store.ts';

const [url = '', directory = ''] = process.argv.slice(2);
const client = createClient({
  url,
  store: fileStore({ directory, segmentBytes: 20_000 }),
  lingerMs: 1,
  batchEvents: 20,
});
for (let next = 0; ; next += 10) {
  const numbers = Array.from({ length: 10 }, (_, index) => next + index);
  await Promise.all(
    numbers.map(async (n) => {
      const result = await client.enqueue('shop.orders', { n });
      if (result.status === 'queued' && result.durable) process.stdout.write(`${n}\n`);
    }),
  );
}
