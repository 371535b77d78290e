import type { WarehouseContract } from '@millrace/contracts';
import { expect, test } from 'vitest';
import { tellsExpiry } from './expiry.ts';

const contractWith = (ttl: string | undefined, source = 'event') =>
  ({
    source: { kind: source },
    warehouse: {
      ...(ttl !== undefined && { ttl }),
      columns: [
        { name: 'at', type: "DateTime64(3, 'UTC')" },
        { name: 'days', type: 'Int32' },
      ],
    },
  }) as unknown as WarehouseContract;

test('a TTL over times of the event and of its arrival can be told from the record', () => {
  for (const ttl of ['at + INTERVAL 1 YEAR', 'toDateTime(_produced_at) + INTERVAL 3 DAY'])
    expect(tellsExpiry(contractWith(ttl)), ttl).toBe(true);
});

test('none, one over other columns or with clauses, and that of a change stream cannot', () => {
  const others = [
    undefined,
    'at + toIntervalDay(days)',
    '_committed_at + INTERVAL 1 DAY',
    'at + INTERVAL 1 DAY DELETE WHERE days > 3',
    'toDateTime(0)',
  ];
  for (const ttl of others) expect(tellsExpiry(contractWith(ttl)), ttl).toBe(false);
  expect(tellsExpiry(contractWith('at + INTERVAL 1 YEAR', 'change'))).toBe(false);
});
