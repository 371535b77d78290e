import { expect, test } from 'vitest';
import { operationsTable } from '../audit/carry-audit.ts';
import { historyStatements } from './history-table.ts';

test('a table is made once, ordered by its subject and then by time, and grows by the columns that are new', () => {
  const statements = historyStatements(
    {
      name: 'millrace_lag',
      columns: { consumer_group: 'LowCardinality(String)', records: 'UInt64' },
      orderBy: ['consumer_group'],
      comment: "A group's lag.",
    },
    90_000,
  );
  expect(statements[0]).toContain('CREATE TABLE IF NOT EXISTS `millrace_lag`');
  expect(statements[0]).toContain('ORDER BY (consumer_group, at)');
  expect(statements[0]).toContain('INTERVAL 90 SECOND');
  expect(statements[0]).toContain("COMMENT 'A group\\'s lag.'");
  expect(statements.slice(1)).toEqual([
    'ALTER TABLE `millrace_lag` ADD COLUMN IF NOT EXISTS consumer_group LowCardinality(String)',
    'ALTER TABLE `millrace_lag` ADD COLUMN IF NOT EXISTS records UInt64',
  ]);
});

test('what two services may write at once is one row: the key is the moment and what tells rows of it apart', () => {
  const [create] = historyStatements(operationsTable(86_400_000), 1000);
  expect(create).toContain('ENGINE = ReplacingMergeTree ORDER BY (at, topic_id, position)');
});
