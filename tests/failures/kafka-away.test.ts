import { type RunningStack, startStack } from '@millrace/stack';
import { afterAll, beforeAll, test } from 'vitest';
import { expectKafkaAwayIsHarmless } from './kafka-away-under-load.ts';

let stack: RunningStack;
beforeAll(async () => {
  stack = await startStack({ backend: 'embedded' });
});
afterAll(() => stack?.stop());

test.each(['killed', 'frozen'] as const)(
  'Kafka %s for 15 s under load: PostgreSQL stays connected, the slot still, memory bounded, and each row arrives once',
  (outage) => expectKafkaAwayIsHarmless(stack, outage, 15_000),
);
