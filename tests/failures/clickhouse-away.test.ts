import { test } from 'vitest';
import { clickhouseOutages, expectClickHouseAwayIsHarmless } from './clickhouse-away-under-load.ts';

test.each(Object.keys(clickhouseOutages) as (keyof typeof clickhouseOutages)[])(
  'ClickHouse %s under load: memory is bounded, and afterwards every event is there once',
  (outage) => expectClickHouseAwayIsHarmless(outage, outage === 'killed' ? 45_000 : 20_000),
);
