import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
const size = async (...args: string[]): Promise<string> =>
  (await promisify(execFile)(process.execPath, [main, 'size', ...args])).stdout;

test('millrace size prints every part, the sum and what it costs', async () => {
  const text = await size('--events', '10_000', '--changes', '100', '--price-core', '20');
  for (const part of ['ingest', 'cdc', 'stream-transform', 'sink', 'kafka broker', 'clickhouse'])
    expect(text).toContain(part);
  expect(text).toMatch(/in all [\d.]+ cores/);
  expect(text).toMatch(/about \d+ a month/);
});

test('millrace size loss --json has the scenario and its outcome', async () => {
  const answer = JSON.parse(
    await size(
      'loss',
      '--lose',
      'shard',
      '--shards',
      '2',
      '--seconds',
      '10',
      '--partitions',
      '8',
      '--tables',
      '2',
      '--json',
    ),
  );
  expect(answer).toMatchObject({
    scenario: { lose: 'shard', shards: 2, outageMs: 10_000 },
    before: { p50: expect.any(Number) },
    during: { worst: expect.any(Number) },
  });
});

test('a percentage beyond 100 is misuse: exit 2', async () => {
  await expect(size('--utilisation', '120')).rejects.toMatchObject({ code: 2 });
});
