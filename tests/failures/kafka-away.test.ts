import { test } from 'vitest';
import { expectKafkaAwayIsHarmless } from './kafka-away-under-load.ts';

test.each(['killed', 'frozen'] as const)(
  'Kafka %s for 20 s under load: PostgreSQL stays connected, the slot still, memory bounded, and each row arrives once',
  (outage) => expectKafkaAwayIsHarmless(outage, 20_000),
);
