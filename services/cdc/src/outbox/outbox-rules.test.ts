import { expect, test } from 'vitest';
import { outboxRules } from './outbox-rules.ts';

const settings = {
  ...{ outboxColumns: [], outboxHeaders: [], outboxTombstone: false },
  outboxTopic: `outbox.event.\${routedByValue}`,
};

test('without settings the columns and the topic are those of Debezium’s event router', () => {
  const { columns, headers, topicOf } = outboxRules(settings);
  expect(columns).toEqual({
    ...{ id: 'id', key: 'aggregateid', type: 'type', payload: 'payload', route: 'aggregatetype' },
  });
  expect(headers).toEqual([]);
  expect(topicOf('a$&b')).toBe('outbox.event.a$&b');
});

test.each([
  { outboxColumns: ['nonsense:x'] },
  { outboxColumns: ['id'] },
  { outboxHeaders: [':x'] },
  { outboxHeaders: ['x:'] },
])('a setting that cannot be read is refused: %j', (given) => {
  expect(() => outboxRules({ ...settings, ...given })).toThrow(/MILLRACE_CDC_OUTBOX_/);
});
