import { expect, test } from 'vitest';
import type { HistoryRow } from '../../history/history.ts';
import { createSeenLog } from './seen-log.ts';

const hourMs = 3_600_000;

/** What would be written; nothing is read. */
const logOf = () => {
  const rows: HistoryRow[] = [];
  const history = {
    table: () => ({
      name: 'millrace_catalog_seen',
      append: (some: readonly HistoryRow[]) => void rows.push(...some),
    }),
  };
  return { rows, log: createSeenLog(history as never, undefined as never) };
};

test('who is there all the time is written once an hour, and told with the first and the last moment', () => {
  const { rows, log } = logOf();
  for (const atMs of [hourMs, hourMs + 1000, 2 * hourMs, 2 * hourMs + 1])
    log.see('a.b', 'group', 'g', atMs);
  expect(rows.map(({ atMs }) => atMs)).toEqual([hourMs, 2 * hourMs]);
  expect(log.of('a.b', ['group'])).toMatchObject([
    { name: 'g', firstMs: hourMs, lastMs: 2 * hourMs + 1 },
  ]);
  expect(log.of('a.b', ['query'])).toEqual([]);
});

test('names without end do not fill the memory: those that are known go on', () => {
  const { rows, log } = logOf();
  for (let n = 0; n < 1500; n += 1) log.see('a.b', 'producer', `sender-${n}`, 1);
  log.see('a.b', 'producer', 'sender-0', 2);
  expect(rows).toHaveLength(1000);
  expect(log.of('a.b', ['producer'])[0]).toMatchObject({ name: 'sender-0', lastMs: 2 });
});
