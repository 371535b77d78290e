import { test } from 'vitest';
import { expectKafkaAwayIsHarmless } from '../failures/kafka-away-under-load.ts';

test.each(['killed', 'frozen'] as const)(
  'Kafka %s for five minutes under load: PostgreSQL stays connected, the slot still, memory bounded, and each row arrives once',
  (outage) => expectKafkaAwayIsHarmless(outage, 300_000),
);
