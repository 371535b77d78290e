import { MillraceError } from '@millrace/contracts';
import { expect, test } from 'vitest';
import { whereToLook } from './where-to-look.ts';

test('who is told that a server does not answer is told which setting names it', () => {
  const away = new MillraceError('clickhouse.unavailable', 'ClickHouse cannot be reached');
  expect(whereToLook(away)).toBe(
    '. Check MILLRACE_CLICKHOUSE_URL, and that the server runs there.',
  );
  const quality = new MillraceError('operations.unavailable', 'http://q does not answer.');
  expect(whereToLook(quality)).toBe(
    ' Check MILLRACE_QUALITY_URL, and that `millrace quality` runs there.',
  );
});

test('nothing is added to a message that says it, or that is of another kind', () => {
  const said = new MillraceError('kafka.unavailable', 'MILLRACE_KAFKA_BROKERS names nobody');
  expect(whereToLook(said)).toBe('');
  expect(whereToLook(new MillraceError('verify.table-incomparable', 'why'))).toBe('');
});
