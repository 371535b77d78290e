import { expect, test } from 'vitest';
import { tokenMemoryMs, tokenWindows } from './token-memory.ts';

const windows = {
  non_replicated_deduplication_window: 10_000,
  replicated_deduplication_window: 10_000,
  replicated_deduplication_window_seconds: 3_600,
};
const table = (engine: string) => ({ name: 't_raw', engine });

test('tokens last as long as the inserts of all sinks take to fill the window', () => {
  expect(tokenMemoryMs(table('MergeTree'), windows, 20)).toBe(125_000);
  expect(tokenMemoryMs(table('MergeTree'), windows, 200)).toBe(12_500);
});

test('a replicated table forgets by time, too', () => {
  const short = { ...windows, replicated_deduplication_window_seconds: 60 };
  const replicated = table("ReplicatedMergeTree('/t', 'r')");
  expect(tokenMemoryMs(replicated, short, 20)).toBe(30_000);
  expect(tokenMemoryMs(table('MergeTree'), short, 20)).toBe(125_000);
});

test('a table that remembers nothing waits for a person', () => {
  const none = { ...windows, non_replicated_deduplication_window: 0 };
  expect(() => tokenMemoryMs(table('MergeTree'), none, 20)).toThrow('remembers no insert tokens');
  expect(tokenMemoryMs(table('Distributed'), none, 20)).toBe(Number.POSITIVE_INFINITY);
});

test('the table’s own window is in force before the server’s', async () => {
  const query = async <Row>() =>
    [
      { name: 'non_replicated_deduplication_window', value: '0' },
      { name: 'replicated_deduplication_window', value: '7' },
    ] as Row[];
  const described = {
    ...{ name: 't_raw', columns: [], engine: 'MergeTree', sortingKey: '', partitionKey: '' },
    ...{ comment: '', indexes: [], settings: { non_replicated_deduplication_window: '5' } },
  };
  expect(await tokenWindows({ query }, described)).toEqual({
    ...{ non_replicated_deduplication_window: 5, replicated_deduplication_window: 7 },
    replicated_deduplication_window_seconds: 0,
  });
});
