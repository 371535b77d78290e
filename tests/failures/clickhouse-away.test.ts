import { test } from 'vitest';
import { expectClickHouseAwayIsHarmless } from './clickhouse-away-under-load.ts';

// Frozen and half-open, and all three for ten minutes: tests/long.
test('ClickHouse killed under load: memory is bounded, and afterwards every event is there once', () =>
  expectClickHouseAwayIsHarmless('killed', 12_000));
