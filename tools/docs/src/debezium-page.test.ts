import { expect, test } from 'vitest';
import { debeziumPage } from './debezium-page.ts';

test('what is chosen and what is missing stand apart, each with its reason', () => {
  const entry = { field: 'f', ours: 'one', theirs: 'other', reason: 'because' };
  const text = debeziumPage([{ ...entry, kind: 'chosen' }]);
  expect(text).toContain('## Chosen\n\n| What | Millrace |');
  expect(text).toContain('| f | one | other | because |');
  expect(text).toContain('## Not there yet\n\nNone.');
});
