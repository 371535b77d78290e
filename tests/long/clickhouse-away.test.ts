import { test } from 'vitest';
import {
  clickhouseOutages,
  expectClickHouseAwayIsHarmless,
} from '../failures/clickhouse-away-under-load.ts';

test.each(Object.keys(clickhouseOutages) as (keyof typeof clickhouseOutages)[])(
  'ClickHouse %s for ten minutes under load: memory is bounded, and afterwards every event is there once',
  (outage) => expectClickHouseAwayIsHarmless(outage, 600_000),
);
