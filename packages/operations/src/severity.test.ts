import { expect, test } from 'vitest';
import { gravest } from './severity.ts';

test('the gravest state wins, and what is not known is graver than what is well', () => {
  expect(gravest([])).toBe('ok');
  expect(gravest(['ok', 'unknown'])).toBe('unknown');
  expect(gravest(['unknown', 'warn', 'ok'])).toBe('warn');
  expect(gravest(['warn', 'bad'])).toBe('bad');
});
